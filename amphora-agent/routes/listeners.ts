import { rm } from 'node:fs/promises';
import { exists, readIfPresent } from '../apply/atomic-file.ts';
import { writeHaproxyCheck } from '../apply/check-scripts.ts';
import {
  configuredLoadBalancers,
  configuredLvsListeners,
  readHaproxyConfig,
} from '../haproxy-config.ts';
import { done, json, refuse } from '../http-message.ts';
import { type AgentPaths, loadBalancerPaths, lvsPaths, vrrpPaths } from '../paths.ts';
import { isRunning, processState } from '../process-state.ts';
import { haproxyUnit, type UnitContext } from '../render/haproxy-unit.ts';
import type { Route } from '../router.ts';
import { ServiceFailure, type ServiceManager, type Unit } from '../service-manager.ts';
import type { LvsBalancing } from '../udp/balancing.ts';

interface ListenerState {
  readonly status: 'ACTIVE' | 'OFFLINE' | 'ERROR';
  readonly uuid: string;
  readonly type: string;
}

/** The listeners that are configured, and the removal of a load balancer or of one LVS listener. */
export function listenerRoutes(
  context: UnitContext,
  services: ServiceManager,
  balancing: LvsBalancing,
): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/1.0/listeners',
      isChange: false,
      handle: async () => json(200, await listenerStates(context.paths, balancing)),
    },
    {
      method: 'DELETE',
      path: '/1.0/listeners/:loadBalancerOrListenerId',
      isChange: true,
      async handle({ params }) {
        const id = params['loadBalancerOrListenerId'] ?? '';
        const hasHaproxy = await exists(loadBalancerPaths(context.paths, id).config);
        const hasLvs = await exists(lvsPaths(context.paths, id).config);
        if (hasHaproxy) await removeLoadBalancer(context, services, id);
        else if (hasLvs) await removeLvsListener(context.paths, balancing, id);
        return done(200);
      },
    },
  ];
}

async function listenerStates(
  paths: AgentPaths,
  balancing: LvsBalancing,
): Promise<readonly ListenerState[]> {
  const ids = await configuredLoadBalancers(paths);
  const lvsIds = await configuredLvsListeners(paths);
  const haproxy = await Promise.all(ids.map((id) => haproxyListeners(paths, id)));
  const lvs = await Promise.all(lvsIds.map((id) => lvsListener(paths, balancing, id)));
  return [...haproxy.flat(), ...lvs];
}

async function haproxyListeners(paths: AgentPaths, id: string): Promise<readonly ListenerState[]> {
  const config = await readHaproxyConfig(paths, id);
  const { hasPidFile, pid } = await processState(loadBalancerPaths(paths, id).pid);
  const dead = hasPidFile ? 'ERROR' : 'OFFLINE';
  const status = pid === null ? dead : 'ACTIVE';
  return (config?.listeners ?? []).map(({ id: uuid, type }) => ({ status, uuid, type }));
}

async function lvsListener(
  paths: AgentPaths,
  balancing: LvsBalancing,
  uuid: string,
): Promise<ListenerState> {
  const state = await balancing.stateOf(uuid);
  if (state === 'dead') return { status: 'ERROR', uuid, type: 'UDP' };
  const config = await readIfPresent(lvsPaths(paths, uuid).config);
  const balances = config?.includes('virtual_server') ?? false;
  return { status: state === 'running' && balances ? 'ACTIVE' : 'OFFLINE', uuid, type: 'UDP' };
}

async function removeLoadBalancer(
  context: UnitContext,
  services: ServiceManager,
  id: string,
): Promise<void> {
  const { paths } = context;
  const unit = haproxyUnit(context, id);
  const own = loadBalancerPaths(paths, id);
  const socket = (await readHaproxyConfig(paths, id))?.statsSocket ?? null;
  if (await exists(vrrpPaths(paths).checkScript)) await writeHaproxyCheck(paths, id);
  await stopIfRunning(services, unit, 'haproxy');
  for (const path of [socket, own.masterSocket]) if (path !== null) await rm(path, { force: true });
  await rm(own.certificates, { recursive: true, force: true });
  await remove(services, unit);
  await rm(own.folder, { recursive: true, force: true });
}

async function removeLvsListener(
  paths: AgentPaths,
  balancing: LvsBalancing,
  id: string,
): Promise<void> {
  try {
    await balancing.removeListener(id);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw refuse(500, 'Error stopping keepalived', error.output);
  }
  await rm(lvsPaths(paths, id).config, { force: true });
}

async function stopIfRunning(services: ServiceManager, unit: Unit, program: string): Promise<void> {
  if (!(await isRunning(unit))) return;
  try {
    await services.stop(unit);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw refuse(500, `Error stopping ${program}`, error.output);
  }
}

async function remove(services: ServiceManager, unit: Unit): Promise<void> {
  try {
    await services.remove(unit);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw refuse(500, `Error disabling ${unit.name} service`, error.output);
  }
}
