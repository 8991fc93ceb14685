import { readFile } from 'node:fs/promises';
import { advertise } from '../apply/advertise.ts';
import { exists } from '../apply/atomic-file.ts';
import { writeHaproxyCheck } from '../apply/check-scripts.ts';
import { replaceWorker, saveServersState, workerPid } from '../apply/haproxy-reload.ts';
import { changeServers } from '../apply/haproxy-runtime.ts';
import { serverChanges } from '../apply/haproxy-servers.ts';
import { certificatesIn } from '../apply/haproxy-serving.ts';
import { removeUnusedCertificates } from '../apply/unused-certificates.ts';
import { Topology } from '../config.ts';
import { type HaproxyConfig, readHaproxyConfig } from '../haproxy-config.ts';
import { done, type Reply, refuse } from '../http-message.ts';
import { type LoadBalancerPaths, loadBalancerPaths, lvsPaths } from '../paths.ts';
import { isRunning } from '../process-state.ts';
import { haproxyUnit } from '../render/haproxy-unit.ts';
import type { Route } from '../router.ts';
import { ServiceFailure } from '../service-manager.ts';
import { type Action, type ActionContext, readAction } from './action.ts';
import { noLoadBalancer } from './load-balancer-config.ts';
import { lvsAction } from './udp-listener.ts';

/** Start, stop and reload of a load balancer's HAProxy, or of one LVS listener: both go by the same path. */
export function loadBalancerActionRoute(context: ActionContext): Route {
  return {
    method: 'PUT',
    path: '/1.0/loadbalancer/:loadBalancerId/:action',
    isChange: true,
    async handle({ params }) {
      const id = params['loadBalancerId'] ?? '';
      const action = readAction(params['action'] ?? '');
      const { paths } = context.unit;
      const config = await readHaproxyConfig(paths, id);
      if (config !== null) return haproxyAction(context, id, action, config);
      if (await exists(lvsPaths(paths, id).config)) return lvsAction(context, id, action);
      throw noLoadBalancer(id);
    },
  };
}

async function haproxyAction(
  context: ActionContext,
  id: string,
  action: Action,
  config: HaproxyConfig,
): Promise<Reply> {
  const { topology } = context.settings.current;
  if (topology === Topology.ActiveStandby)
    await writeHaproxyCheck(context.unit.paths, action === 'stop' ? id : null);
  const unit = haproxyUnit(context.unit, id);
  const performed = action === 'reload' && !(await isRunning(unit)) ? 'start' : action;
  // What serves has read its files, and will never read them again.
  if (performed !== 'stop') await removeUnused(context, id);
  try {
    if (performed === 'reload') await reload(context, id, config);
    else await context.services[performed](unit);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw refuse(500, `Error ${performed}ing haproxy`, error.output);
  }
  context.afterChange(id);
  if (topology === Topology.Single && performed !== 'stop')
    void advertise(context.namespace, config.bindAddresses, context.logger);
  switch (performed) {
    case 'start':
      return done(202, `Configuration file is valid\nhaproxy daemon for ${id} started`);
    case 'stop':
      return done(202, `Listener ${id} stoped`);
    case 'reload':
      return done(202, `Listener ${id} reloaded`);
  }
}

/** What stays behind harms no traffic, so that it fails no request either. */
async function removeUnused({ unit, logger }: ActionContext, id: string): Promise<void> {
  try {
    const files = await removeUnusedCertificates(loadBalancerPaths(unit.paths, id));
    if (files.length > 0)
      logger.info({ load_balancer_id: id, files }, 'removed certificates that nothing serves');
  } catch (error) {
    logger.warn(
      { load_balancer_id: id, error },
      'certificates that nothing serves are still there',
    );
  }
}

/** Members that change are told to the running HAProxy; for all else, or when it cannot be told, another takes over. */
async function reload(context: ActionContext, id: string, config: HaproxyConfig): Promise<void> {
  const { logger } = context;
  const paths = loadBalancerPaths(context.unit.paths, id);
  const wanted = (await readFile(paths.config)).toString('utf8');
  const certificates = await certificatesIn(paths);
  const told = await tellServing(context, paths, config, wanted);
  if (told.kind === 'told') {
    await context.serving.note(paths, told.workerPid, wanted, certificates);
    logger.info(
      { load_balancer_id: id, changes: told.changes },
      'members changed without a reload',
    );
    return;
  }
  logger.info({ load_balancer_id: id, why: told.why }, 'HAProxy is reloaded');
  context.serving.forget(paths);
  const unit = haproxyUnit(context.unit, id);
  await saveServersState(config.statsSocket, paths.serversState, wanted, logger);
  const { isReplaced, workerPid } = await context.whileReplacing(id, () =>
    replaceWorker(config.statsSocket, () => context.services.reload(unit)),
  );
  if (!isReplaced)
    throw new ServiceFailure(
      unit.name,
      'reload',
      'HAProxy did not take the new configuration over and serves with the old one; most often an address and port is in use by something else\n',
    );
  if (workerPid !== null) await context.serving.note(paths, workerPid, wanted, certificates);
}

type Told =
  | { readonly kind: 'told'; readonly workerPid: number; readonly changes: number }
  | { readonly kind: 'untold'; readonly why: string };

function untold(why: string): Told {
  return { kind: 'untold', why };
}

async function tellServing(
  { serving }: ActionContext,
  paths: LoadBalancerPaths,
  config: HaproxyConfig,
  wanted: string,
): Promise<Told> {
  const pid = await workerPid(config.statsSocket);
  const served = pid === null ? null : await serving.of(paths, pid);
  if (pid === null || served === null) return untold('what it serves is not known');
  const changes = serverChanges(served, wanted);
  if (changes === null) return untold('more than members changed');
  if (changes.length === 0) return untold('it was asked for');
  const { masterSocket } = paths;
  try {
    const problem = await changeServers({ masterSocket, pid }, changes, wanted);
    if (problem === null) return { kind: 'told', workerPid: pid, changes: changes.length };
    return untold(problem);
  } catch (error) {
    return untold(error instanceof Error ? error.message : String(error));
  }
}
