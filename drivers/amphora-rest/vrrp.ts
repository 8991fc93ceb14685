import { createHash } from 'node:crypto';
import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { renderVrrp } from '#core/keepalived/render-vrrp.ts';
import type { VrrpVip } from '#core/keepalived/vrrp-context.ts';
import { textField } from './agent-answer.ts';
import type { AgentSession } from './agent-session.ts';
import type { AmphoraRestOptions } from './options.ts';
import { isFastPair } from './vrrp-pair.ts';

/** Makes the amphora's keepalived one of the tree's pair: asks where the VIP is, then its configuration, then start. */
export async function applyVrrp(
  session: AgentSession,
  amphora: Amphora,
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<void> {
  const config = renderVrrp(amphora, tree, {
    options: options.vrrp,
    basePath: options.pathsOf(amphora.id).basePath,
    interfaceName: await interfaceOf(session, amphora),
    vips: await vipsOf(tree, options),
    authPassword: authPassword(tree.id),
    isFast: await isFastPair(session, amphora, tree, options),
  });
  await session.ask({ method: 'PUT', path: 'vrrp/upload', body: config });
  // Of a keepalived that runs, agents make a reload of it.
  await session.ask({ method: 'PUT', path: 'vrrp/start' });
  const ids = { amphora_id: amphora.id, load_balancer_id: tree.id };
  options.logger.debug(ids, 'VRRP configuration applied');
}

async function interfaceOf(session: AgentSession, { id, vrrpIp }: Amphora): Promise<string> {
  if (vrrpIp === null)
    throw new DriverFailure(`amphora ${id} has no address on the VIP network; plug the VIP first`, {
      retryable: false,
    });
  const { json } = await session.ask({ method: 'GET', path: `interface/${vrrpIp}` });
  return textField(json, 'interface') ?? '';
}

async function vipsOf(
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<readonly [VrrpVip, ...VrrpVip[]]> {
  const additional = tree.additionalVips.toSorted((a, b) =>
    (a.ipAddress ?? '') < (b.ipAddress ?? '') ? -1 : 1,
  );
  const { address, subnetId, networkId } = tree.vip;
  return Promise.all([
    vipOf(address, subnetId, networkId, tree, options),
    ...additional.map((each) =>
      vipOf(each.ipAddress, each.subnetId, each.networkId ?? networkId, tree, options),
    ),
  ]);
}

async function vipOf(
  address: string | null,
  subnetId: string | null,
  networkId: string | null,
  tree: LoadBalancerTree,
  { network }: AmphoraRestOptions,
): Promise<VrrpVip> {
  const subnet = subnetId === null ? null : await network.getSubnet(subnetId, networkId);
  if (address !== null && subnet !== null) return { address, subnet };
  const what = `load balancer ${tree.id}: VIP ${address} lies in subnet ${subnetId}, which is not there`;
  throw new DriverFailure(what, { retryable: false });
}

/**
 * It goes over the wire in the clear, and all that it does is keep two pairs apart that someone wired together; so it
 * need not be kept anywhere, only be the same for both.
 */
function authPassword(loadBalancerId: string): string {
  return createHash('sha256').update(`vrrp ${loadBalancerId}`).digest('hex').slice(0, 7);
}
