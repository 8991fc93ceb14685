import { join } from 'node:path';
import { advertise } from '../apply/advertise.ts';
import { readIfPresent, writeOnce, writeWhole } from '../apply/atomic-file.ts';
import { writeHaproxyCheck } from '../apply/check-scripts.ts';
import { Topology } from '../config.ts';
import { done, type Reply, refuse, tagged } from '../http-message.ts';
import { lvsPaths, vrrpPaths } from '../paths.ts';
import { renderLvsCheck, UDP_CHECK } from '../render/check-scripts.ts';
import type { Route } from '../router.ts';
import { ServiceFailure } from '../service-manager.ts';
import type { LvsBalancing } from '../udp/balancing.ts';
import type { Action, ActionContext } from './action.ts';
import { md5 } from './load-balancer-config.ts';

const CONFIG_MODE = 0o644;
const SCRIPT_MODE = 0o100;

/** Upload and download of one LVS listener's keepalived configuration. */
export function udpListenerRoutes(context: ActionContext): readonly Route[] {
  const { paths } = context.unit;
  return [
    {
      method: 'PUT',
      path: '/1.0/listeners/:amphoraId/:listenerId/udp_listener',
      isChange: true,
      async handle({ params, body }) {
        const listenerId = params['listenerId'] ?? '';
        const refusal = await context.balancing.refusalOf(listenerId, body.toString('utf8'));
        if (refusal !== null) throw refuse(400, 'Invalid request', refusal);
        await writeOnce(join(paths.lvs, 'check', 'udp_check.sh'), UDP_CHECK, SCRIPT_MODE);
        await writeWhole(lvsPaths(paths, listenerId).config, body, CONFIG_MODE);
        if (context.settings.current.topology === Topology.ActiveStandby)
          await writeChecks(context);
        await install(context, listenerId);
        return tagged(done(200), md5(body));
      },
    },
    {
      method: 'GET',
      path: '/1.0/listeners/:listenerId/udp_listener',
      isChange: false,
      async handle({ params }): Promise<Reply> {
        const listenerId = params['listenerId'] ?? '';
        const content = await readIfPresent(lvsPaths(paths, listenerId).config);
        if (content === null)
          throw refuse(404, 'UDP Listener Not Found', `No UDP listener with UUID: ${listenerId}`);
        const body = content.toString('utf8');
        return { status: 200, contentType: 'text/plain; charset=UTF-8', body };
      },
    },
  ];
}

/** keepalived does not take over a changed LVS configuration whole: its reload is called a restart, whoever balances. */
export async function lvsAction(
  context: ActionContext,
  listenerId: string,
  action: Action,
): Promise<Reply> {
  const performed = action === 'reload' ? 'restart' : action;
  try {
    await perform(context.balancing, performed, listenerId);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw refuse(500, `Failed to ${performed} keepalivedlvs listener ${listenerId}`, error.output);
  }
  context.afterChange(listenerId);
  if (performed !== 'stop' && context.settings.current.topology === Topology.Single)
    void advertise(context.namespace, await vipsOf(context, listenerId), context.logger);
  const past = performed === 'stop' ? 'stoped' : `${performed}ed`;
  return done(202, `keepalivedlvs listener ${listenerId} ${past}`);
}

function perform(
  balancing: LvsBalancing,
  action: 'start' | 'stop' | 'restart',
  listenerId: string,
): Promise<void> {
  switch (action) {
    case 'start':
      return balancing.startListener(listenerId);
    case 'stop':
      return balancing.stopListener(listenerId);
    case 'restart':
      return balancing.restartListener(listenerId);
  }
}

/** Addresses of the virtual server groups: lines `ADDRESS PORT`. */
async function vipsOf(context: ActionContext, listenerId: string): Promise<readonly string[]> {
  const content = await readIfPresent(lvsPaths(context.unit.paths, listenerId).config);
  const lines = content?.toString('utf8').matchAll(/^\s+([0-9a-f:.]+) \d+\s*$/gim) ?? [];
  return [...new Set([...lines].map(([, address]) => address ?? ''))];
}

async function writeChecks(context: ActionContext): Promise<void> {
  const { paths } = context.unit;
  await writeOnce(vrrpPaths(paths).lvsCheckScript, renderLvsCheck(paths.lvs), SCRIPT_MODE);
  await writeHaproxyCheck(paths, null);
}

async function install(context: ActionContext, listenerId: string): Promise<void> {
  try {
    await context.balancing.installListener(listenerId);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    const what = `Error enabling octavia-keepalivedlvs-${listenerId} service`;
    throw refuse(500, what, error.output);
  }
}
