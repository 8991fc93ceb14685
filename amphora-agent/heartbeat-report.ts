import type { Heartbeat, ListenerReport, PoolReport } from '#core/heartbeat/message.ts';
import type { Logger } from '#core/ports/logger.ts';
import { exists } from './apply/atomic-file.ts';
import {
  configuredLoadBalancers,
  configuredLvsListeners,
  readHaproxyConfig,
} from './haproxy-config.ts';
import type { HaproxyStats, ListenerRow } from './haproxy-stats.ts';
import { retiredWorkers, servingWorker, type Worker } from './haproxy-workers.ts';
import { type AgentPaths, loadBalancerPaths, vrrpPaths } from './paths.ts';
import { isRunning } from './process-state.ts';
import type { StatsCounters } from './stats-counters.ts';
import type { LvsBalancing, LvsReport } from './udp/balancing.ts';
import { WorkerLine } from './worker-line.ts';

export interface ReportContext {
  readonly paths: AgentPaths;
  readonly amphoraId: string;
  readonly counters: StatsCounters;
  readonly balancing: Pick<LvsBalancing, 'report'>;
  readonly logger: Logger;
}

const VERSION = 3;
/** In place of a process: the kernel's counters go on whatever runs. */
const LVS = 'lvs';

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

  const lvs = await readLvs(context);
  await counters.observe(LVS, lvs.listeners);
  const stats: (HaproxyStats | LvsReport)[] = [lvs];
  for (const id of loadBalancerIds) stats.push(...(await countNow(context, id)));
  const listeners = new Map<string, ListenerReport>();
  for (const row of stats.flatMap((each) => each.listeners))
    listeners.set(row.id, await listenerReport(row, counters));
  await save(context);
  return {
    amphoraId,
    sequence,
    version: VERSION,
    hasDeltas: true,
    listeners,
    pools: stats.flatMap(({ pools }) => pools) satisfies readonly PoolReport[],
  };
}

/**
 * Takes note of what every process of a load balancer's HAProxy counts.
 * @returns what the one that serves says; nothing when HAProxy does not run, or does not answer: the rest of the
 * amphora is reported all the same
 */
async function countNow(
  context: ReportContext,
  loadBalancerId: string,
): Promise<readonly HaproxyStats[]> {
  const { paths, counters, logger } = context;
  const { pid: pidFile, masterSocket } = loadBalancerPaths(paths, loadBalancerId);
  if (!(await isRunning({ pidFile }))) return [];
  const config = await readHaproxyConfig(paths, loadBalancerId);
  if (config === null || config.statsSocket === null) return [];
  try {
    const { pid, stats } = await servingWorker(config.statsSocket);
    await counters.observe(`${pid}`, stats.listeners);
    const retired = await retiredWorkers(masterSocket);
    for (const each of retired ?? []) await counters.observe(`${each.pid}`, each.listeners);
    if (retired !== null)
      await counters.forgetWorkers(
        config.listeners.map(({ id }) => id),
        new Set([pid, ...retired.map((each) => each.pid)].map(String)),
      );
    return [stats];
  } catch (error) {
    logger.warn({ error, load_balancer_id: loadBalancerId }, 'HAProxy does not answer');
    return [];
  }
}

/** Of a worker that was replaced, between heartbeats. */
export async function noteWorker(context: ReportContext, { pid, stats }: Worker): Promise<void> {
  await context.counters.observe(`${pid}`, stats.listeners);
  await save(context);
}

/** To the worker that serves a load balancer now; null when there is none. */
export async function lineToServing(
  { paths }: ReportContext,
  loadBalancerId: string,
): Promise<WorkerLine | null> {
  const socket = (await readHaproxyConfig(paths, loadBalancerId))?.statsSocket ?? null;
  return socket === null ? null : WorkerLine.open(socket);
}

/** A full disk costs counts when the agent restarts, and no heartbeat. */
async function save({ counters, logger }: ReportContext): Promise<void> {
  await counters.save().catch((error: unknown) => logger.warn({ error }, 'counters not on disk'));
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

async function listenerReport(row: ListenerRow, counters: StatsCounters): Promise<ListenerReport> {
  const { bin, bout, ereq, stot } = await counters.take(row.id);
  return {
    status: row.status,
    rxBytes: bin,
    txBytes: bout,
    activeConnections: row.activeConnections,
    totalConnections: stot,
    requestErrors: ereq,
  };
}

/** A heartbeat that could not be sent: what it counted is in the next one. */
export async function putBack({ counters }: ReportContext, heartbeat: Heartbeat): Promise<void> {
  for (const [id, report] of heartbeat.listeners)
    await counters.putBack(id, {
      bin: Number(report.rxBytes),
      bout: Number(report.txBytes),
      ereq: Number(report.requestErrors),
      stot: Number(report.totalConnections),
    });
}

async function isVrrpDead(paths: AgentPaths): Promise<boolean> {
  const { config, pid } = vrrpPaths(paths);
  return (await exists(config)) && !(await isRunning({ pidFile: pid }));
}
