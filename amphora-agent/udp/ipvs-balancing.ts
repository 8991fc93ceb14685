import { readFile, rm, stat } from 'node:fs/promises';
import type { Logger } from '#core/ports/logger.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import { configuredLvsListeners } from '../haproxy-config.ts';
import type { Totals } from '../haproxy-stats.ts';
import { lvsPaths } from '../paths.ts';
import { isRunning, processState } from '../process-state.ts';
import type { UnitContext } from '../render/haproxy-unit.ts';
import { lvsUnit } from '../render/keepalived-unit.ts';
import type { ServiceManager } from '../service-manager.ts';
import type { LvsBalancing, LvsReport } from './balancing.ts';
import { type IpVsService, keyOf, parseIpVs, parseIpVsStats } from './ip-vs-table.ts';
import { parseLvsConfig } from './lvs-config.ts';
import type { LvsListener } from './lvs-listener.ts';
import { lvsReport, type RunningListener } from './lvs-report.ts';

export interface IpVsBalancingOptions {
  readonly unit: UnitContext;
  readonly services: ServiceManager;
  readonly namespace: HaproxyNamespace;
  readonly logger: Logger;
}

export type IpVsBalancing = LvsBalancing & { readonly kind: 'ipvs' };

const NOTHING: Totals = { bin: 0, bout: 0, ereq: 0, stot: 0 };

/** The original's way: a keepalived for each listener tells the kernel whom to send to, and checks the members. */
export function ipVsBalancing(options: IpVsBalancingOptions): IpVsBalancing {
  const { unit, services } = options;
  const unitOf = (id: string) => lvsUnit(unit, id);
  return {
    kind: 'ipvs',
    refusalOf: () => Promise.resolve(null), // keepalived reads it, and has more words than we know
    installListener: (id) => services.install(unitOf(id)),
    startListener: (id) => services.start(unitOf(id)),
    stopListener: (id) => services.stop(unitOf(id)),
    /** keepalived does not take over a changed configuration whole. */
    restartListener: (id) => services.restart(unitOf(id)),
    async removeListener(id) {
      const { pid, vrrpPid, checkPid } = lvsPaths(unit.paths, id);
      if (await isRunning(unitOf(id))) await services.stop(unitOf(id));
      for (const file of [pid, vrrpPid, checkPid]) await rm(file, { force: true });
      await services.remove(unitOf(id));
    },
    async stateOf(id) {
      const { hasPidFile, pid } = await processState(lvsPaths(unit.paths, id).pid);
      if (pid !== null) return 'running';
      return hasPidFile ? 'dead' : 'stopped';
    },
    report: () => report(options),
  };
}

async function report({ unit, namespace, logger }: IpVsBalancingOptions): Promise<LvsReport> {
  const ids = await configuredLvsListeners(unit.paths);
  const alive = await Promise.all(ids.map((id) => isRunning(lvsUnit(unit, id))));
  const running = ids.filter((_, index) => alive[index]);
  if (running.length === 0) return { listeners: [], pools: [] };
  const [table, stats] = await Promise.all([
    namespace.exec(['cat', '/proc/net/ip_vs']),
    namespace.exec(['ipvsadm', '-Ln', '--stats', '--exact']),
  ]);
  // Better heartbeats without figures than none: an amphora that is silent is replaced.
  if (stats.status !== 0)
    logger.warn({ output: stats.output }, 'ipvsadm does not tell its figures');
  const known = new Map(parseIpVs(table.stdout).map((service) => [service.key, service]));
  const totals = parseIpVsStats(stats.stdout);
  const listeners = await Promise.all(
    running.map((id) => runningListener(unit, id, known, totals)),
  );
  return lvsReport(listeners.flat());
}

async function runningListener(
  unit: UnitContext,
  id: string,
  known: ReadonlyMap<string, IpVsService>,
  totals: ReadonlyMap<string, Totals>,
): Promise<readonly RunningListener[]> {
  const { config, checkPid } = lvsPaths(unit.paths, id);
  const parsed = parseLvsConfig(id, await readFile(config, 'utf8'));
  if (parsed.kind === 'refused') return [];
  const own = keysOf(parsed.listener);
  const services = own.flatMap((key) => known.get(key) ?? []);
  return [
    {
      listener: parsed.listener,
      totals: own.map((key) => totals.get(key) ?? NOTHING).reduce(sum, NOTHING),
      activeConnections: services.reduce((all, each) => all + each.activeConnections, 0),
      isAlive: (member) => services.some(({ servers }) => servers.has(keyOf(member))),
      wordForDead: (await changedMs(config)) > (await changedMs(checkPid)) ? 'RESTARTING' : 'DOWN',
    },
  ];
}

/** All addresses of the listener; the original counts only the first of each IP version. */
function keysOf({ services }: LvsListener): readonly string[] {
  return services.flatMap(({ vips }) => vips.map(keyOf));
}

function sum(one: Totals, other: Totals): Totals {
  return {
    bin: one.bin + other.bin,
    bout: one.bout + other.bout,
    ereq: one.ereq + other.ereq,
    stot: one.stot + other.stot,
  };
}

async function changedMs(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
