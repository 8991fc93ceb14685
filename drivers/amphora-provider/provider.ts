import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { ProviderCall, ProviderDriver } from '#core/ports/provider.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { FlowInputs, FlowName } from '#core/queue/flows.ts';
import { metadataCalls } from './metadata.ts';
import {
  refuseAlpn,
  refuseL7Policies,
  refuseMixedIpVersions,
  refuseSriovMembers,
  refuseUnbuildable,
} from './refusals.ts';

export interface AmphoraProviderOptions {
  /** `amphora`, or its alias `octavia`. */
  readonly name: string;
  readonly network: NetworkDriver;
}

/** Our own provider: refuses what amphorae cannot do, and otherwise hands a flow to the worker in the request's transaction. */
export function amphoraProvider({ name, network }: AmphoraProviderOptions): ProviderDriver {
  return {
    name,
    createVipPort: (loadBalancerId, projectId, vip, additional) =>
      network.allocateVip(loadBalancerId, projectId, vip, additional),
    deleteVipPort: (loadBalancerId, vip) => network.deallocateVip(loadBalancerId, vip),
    ...metadataCalls(network),
    ...loadBalancerCalls,
    ...listenerCalls,
    ...poolCalls,
    ...memberCalls,
    ...healthMonitorCalls,
    ...l7PolicyCalls,
    ...l7RuleCalls,
  };
}

type Calls = Omit<ProviderDriver, 'name'>;

const loadBalancerCalls: Calls = {
  async loadBalancerCreate(tree, call) {
    refuseUnbuildable(tree);
    for (const listener of tree.listeners) refuseAlpn(listener.alpnProtocols);
    for (const pool of tree.pools) {
      refuseAlpn(pool.alpnProtocols);
      refuseSriovMembers(pool.members);
      await refuseMixedIpVersions(call.tx, pool, pool.members);
    }
    await hand('load-balancer-create', { loadBalancerId: tree.id }, call);
  },
  loadBalancerUpdate: ({ id }, changes, call) => {
    const isPortOnly = Object.keys(changes).join() === 'vip';
    return hand('load-balancer-update', { loadBalancerId: id, isPortOnly }, call);
  },
  loadBalancerDelete: ({ id }, isCascade, call) =>
    hand('load-balancer-delete', { loadBalancerId: id, isCascade }, call),
  loadBalancerFailover: ({ id }, call) =>
    hand('load-balancer-failover', { loadBalancerId: id }, call),
};

const listenerCalls: Calls = {
  async listenerCreate({ id, loadBalancerId, alpnProtocols }, call) {
    refuseAlpn(alpnProtocols);
    await hand('listener-create', { loadBalancerId, listenerId: id }, call);
  },
  async listenerUpdate({ id, loadBalancerId }, { alpnProtocols }, call) {
    refuseAlpn(alpnProtocols);
    await hand('listener-update', { loadBalancerId, listenerId: id }, call);
  },
  listenerDelete: ({ id, loadBalancerId }, call) =>
    hand('listener-delete', { loadBalancerId, listenerId: id }, call),
};

const poolCalls: Calls = {
  async poolCreate({ id, loadBalancerId, alpnProtocols }, call) {
    refuseAlpn(alpnProtocols);
    await hand('pool-create', { loadBalancerId, poolId: id }, call);
  },
  async poolUpdate({ id, loadBalancerId }, { alpnProtocols }, call) {
    refuseAlpn(alpnProtocols);
    await hand('pool-update', { loadBalancerId, poolId: id }, call);
  },
  poolDelete: ({ id, loadBalancerId }, call) =>
    hand('pool-delete', { loadBalancerId, poolId: id }, call),
};

const memberCalls: Calls = {
  async memberCreate(member, pool, call) {
    refuseSriovMembers([member]);
    await refuseMixedIpVersions(call.tx, pool, [member]);
    await hand('member-create', { ...ofPool(pool), memberId: member.id }, call);
  },
  memberUpdate: ({ id }, _changes, pool, call) =>
    hand('member-update', { ...ofPool(pool), memberId: id }, call),
  memberDelete: ({ id }, pool, call) =>
    hand('member-delete', { ...ofPool(pool), memberId: id }, call),
  async memberBatchUpdate(pool, members, call) {
    refuseSriovMembers(members);
    await refuseMixedIpVersions(call.tx, pool, members);
    await hand('member-batch-update', ofPool(pool), call);
  },
};

const healthMonitorCalls: Calls = {
  healthMonitorCreate: ({ id }, pool, call) =>
    hand('health-monitor-create', { ...ofPool(pool), healthMonitorId: id }, call),
  healthMonitorUpdate: ({ id }, _changes, pool, call) =>
    hand('health-monitor-update', { ...ofPool(pool), healthMonitorId: id }, call),
  healthMonitorDelete: ({ id }, pool, call) =>
    hand('health-monitor-delete', { ...ofPool(pool), healthMonitorId: id }, call),
};

const l7PolicyCalls: Calls = {
  async l7PolicyCreate(policy, listener, call) {
    refuseL7Policies(listener);
    await hand('l7-policy-create', ofL7Policy(policy, listener), call);
  },
  l7PolicyUpdate: (old, _changes, listener, call) =>
    hand('l7-policy-update', ofL7Policy(old, listener), call),
  l7PolicyDelete: (policy, listener, call) =>
    hand('l7-policy-delete', ofL7Policy(policy, listener), call),
};

const l7RuleCalls: Calls = {
  l7RuleCreate: ({ id }, policy, listener, call) =>
    hand('l7-rule-create', { ...ofL7Policy(policy, listener), l7RuleId: id }, call),
  l7RuleUpdate: ({ id }, _changes, policy, listener, call) =>
    hand('l7-rule-update', { ...ofL7Policy(policy, listener), l7RuleId: id }, call),
  l7RuleDelete: ({ id }, policy, listener, call) =>
    hand('l7-rule-delete', { ...ofL7Policy(policy, listener), l7RuleId: id }, call),
};

function ofL7Policy({ id }: L7Policy, { id: listenerId, loadBalancerId }: Listener) {
  return { loadBalancerId, listenerId, l7PolicyId: id };
}

function ofPool({ id, loadBalancerId }: { readonly id: string; readonly loadBalancerId: string }) {
  return { loadBalancerId, poolId: id };
}

async function hand<Name extends FlowName>(
  flow: Name,
  input: FlowInputs[Name],
  { tx, requestId }: ProviderCall,
): Promise<void> {
  await enqueue(tx, flow, input, { requestId });
}
