import type { Heartbeat, ListenerReport, PoolReport } from '#core/heartbeat/message.ts';
import type { Logger } from '#core/ports/logger.ts';
import { exists } from './apply/atomic-file.ts';
import {
  configuredLoadBalancers,
  configuredLvsListeners,
  readHaproxyConfig,
} from './haproxy-config.ts';
import { type HaproxyStats, type ListenerRow, parseStats } from './haproxy-stats.ts';
import { type AgentPaths, loadBalancerPaths, vrrpPaths } from './paths.ts';
import { isRunning } from './process-state.ts';
import { askHaproxy } from './runtime-socket.ts';
import type { StatsCounters } from './stats-counters.ts';
import type { LvsBalancing, LvsReport } from './udp/balancing.ts';

export interface ReportContext {
  readonly paths: AgentPaths;
  readonly amphoraId: string;
  readonly counters: StatsCounters;
  readonly balancing: LvsBalancing;
  readonly logger: Logger;
}

const VERSION = 3;
const STATS = 'show stat -1 -1 -1';

/**
 * What this amphora says of itself now.
 * @returns null when it must keep silent: its keepalived should run and does not, so another amphora serves
 */
export async function buildHeartbeat(
  context: ReportContext,
  sequence: number,
): Promise<Heartbeat | null> {
  const { paths, counters, amphoraId } = context;
  if (await isVrrpDead(paths)) return null;
  const loadBalancerIds = await configuredLoadBalancers(paths);
  const configs = await Promise.all(loadBalancerIds.map((id) => readHaproxyConfig(paths, id)));
  const configured = configs.flatMap((config) => config?.listeners.map(({ id }) => id) ?? []);
  const lvsIds = await configuredLvsListeners(paths);
  await counters.keepOnly(new Set([...configured, ...lvsIds]));

  const stats: (HaproxyStats | LvsReport)[] = [await readLvs(context)];
  for (const id of loadBalancerIds) stats.push(...(await readStats(context, id)));
  const rows = stats.flatMap(({ listeners }) => listeners);
  await counters.observe(rows);
  return {
    amphoraId,
    sequence,
    version: VERSION,
    hasDeltas: true,
    listeners: new Map(rows.map((row) => [row.id, listenerReport(row, counters)])),
    pools: stats.flatMap(({ pools }) => pools) satisfies readonly PoolReport[],
  };
}

/**
 * Takes over the counters of a HAProxy that is about to be replaced, and holds them still meanwhile.
 * @returns the listeners to release
 */
export async function holdCounters(
  context: ReportContext,
  loadBalancerId: string,
): Promise<readonly string[]> {
  const rows = (await readStats(context, loadBalancerId)).flatMap(({ listeners }) => listeners);
  await context.counters.observe(rows);
  const listenerIds = rows.map(({ id }) => id);
  context.counters.hold(listenerIds);
  return listenerIds;
}

/** None when HAProxy does not run, or does not answer: the rest of the amphora is reported all the same. */
async function readStats(
  { paths, logger }: ReportContext,
  loadBalancerId: string,
): Promise<readonly HaproxyStats[]> {
  if (!(await isRunning({ pidFile: loadBalancerPaths(paths, loadBalancerId).pid }))) return [];
  const socket = (await readHaproxyConfig(paths, loadBalancerId))?.statsSocket ?? null;
  if (socket === null) return [];
  try {
    return [parseStats(await askHaproxy(socket, STATS))];
  } catch (error) {
    logger.warn({ error, load_balancer_id: loadBalancerId }, 'HAProxy does not answer');
    return [];
  }
}

/** UDP and SCTP; as with HAProxy, what cannot be read does not keep the rest from being reported. */
async function readLvs({ balancing, logger }: ReportContext): Promise<LvsReport> {
  try {
    return await balancing.report();
  } catch (error) {
    logger.warn({ error }, 'UDP and SCTP listeners are not reported');
    return { listeners: [], pools: [] };
  }
}

function listenerReport(row: ListenerRow, counters: StatsCounters): ListenerReport {
  const { bin, bout, ereq, stot } = counters.take(row.id);
  return {
    status: row.status,
    rxBytes: bin,
    txBytes: bout,
    activeConnections: row.activeConnections,
    totalConnections: stot,
    requestErrors: ereq,
  };
}

async function isVrrpDead(paths: AgentPaths): Promise<boolean> {
  const { config, pid } = vrrpPaths(paths);
  return (await exists(config)) && !(await isRunning({ pidFile: pid }));
}
