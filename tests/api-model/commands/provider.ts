import { updateStatuses } from '../../../driver-agent/status-update.ts';
import type { Command, Draw } from '../command.ts';
import { arrange } from '../gates.ts';
import { type Counted, childrenOf, type LoadBalancer, type State } from '../state.ts';

/** In the order in which the driver agent writes them. */
const LISTS: Readonly<Record<Counted, string>> = {
  member: 'members',
  monitor: 'healthmonitors',
  pool: 'pools',
  rule: 'l7rules',
  policy: 'l7policies',
  listener: 'listeners',
  loadBalancer: 'loadbalancers',
};
const KINDS = Object.keys(LISTS);

type Outcome = 'done' | 'failed' | 'failed below';
const OUTCOMES: readonly Outcome[] = ['done', 'done', 'done', 'failed', 'failed below'];

interface Report {
  readonly kind: Counted;
  readonly id: string;
  readonly status: string;
}

/**
 * The provider has finished what a load balancer waits for, and reports it by the driver agent. It reports on what
 * was pending when it began: until it is done nobody else can change that.
 */
export function finish(draw: Draw): Command {
  const outcome = OUTCOMES[draw.b % OUTCOMES.length] ?? 'done';
  const waiting = [...draw.state.loadBalancer.values()].filter(({ provisioning }) =>
    isPending(provisioning),
  );
  const loadBalancer = waiting[draw.a % waiting.length];
  const reports = loadBalancer ? reportsOn(draw.state, loadBalancer, outcome) : [];
  return {
    finishes: loadBalancer?.id ?? 'nothing',
    text: `provider: ${outcome} ${reports.map(({ id, status }) => `${id} ${status}`).join(', ')}`,
    async send({ database, context: { network, logger } }) {
      const update = Object.fromEntries(
        Object.entries(LISTS).map(([kind, list]) => [list, recordsOf(reports, kind)]),
      );
      const answer = await updateStatuses({ database, network, logger }, update);
      const text = 'fault_string' in answer ? answer.fault_string : '';
      return { status: answer.status_code, headers: {}, text, json: undefined };
    },
    expect: () => 200,
    // Each report is a transaction of its own: the load balancer's is the last, and opens it for others.
    afterwards: reports.map((report) => (state) => apply(state, report)),
  };
}

function recordsOf(reports: readonly Report[], kind: string) {
  return reports
    .filter((report) => report.kind === kind)
    .map(({ id, status }) => ({ id, provisioning_status: status }));
}

function reportsOn(state: State, owner: LoadBalancer, outcome: Outcome): readonly Report[] {
  const isDone = outcome === 'done';
  const gone = owner.provisioning === 'PENDING_DELETE';
  const status = !isDone && (gone || outcome === 'failed') ? 'ERROR' : gone ? 'DELETED' : 'ACTIVE';
  const own: Report = { kind: 'loadBalancer', id: owner.id, status };
  if (gone && isDone) return [own];
  const below = childrenOf(state, owner.id)
    .filter(([, child]) => isPending(child.provisioning))
    .map(([kind, { id, provisioning }]): Report => {
      const whenDone = provisioning === 'PENDING_DELETE' ? 'DELETED' : 'ACTIVE';
      return { kind, id, status: isDone ? whenDone : 'ERROR' };
    });
  return [...below, own].toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function isPending(status: string): boolean {
  return status.startsWith('PENDING_');
}

function apply(state: State, { kind, id, status }: Report): void {
  const reported = state[kind].get(id);
  if (reported === undefined) return;
  if (status !== 'DELETED' || kind === 'loadBalancer') reported.provisioning = status;
  if (status === 'DELETED') remove(state, kind, id);
}

/** With all below it. */
function remove(state: State, kind: Counted, id: string): void {
  switch (kind) {
    case 'loadBalancer':
      for (const [below, child] of childrenOf(state, id)) state[below].delete(child.id);
      return;
    case 'listener':
      for (const policy of of(state.policy, 'listener', id)) remove(state, 'policy', policy.id);
      break;
    case 'pool':
      for (const member of of(state.member, 'pool', id)) state.member.delete(member.id);
      for (const monitor of of(state.monitor, 'pool', id)) state.monitor.delete(monitor.id);
      for (const listener of of(state.listener, 'defaultPool', id)) listener.defaultPool = null;
      break;
    case 'policy': {
      for (const rule of of(state.rule, 'policy', id)) state.rule.delete(rule.id);
      const policy = state.policy.get(id);
      if (policy) arrange(state, policy, null);
      break;
    }
    case 'member':
    case 'monitor':
    case 'rule':
      break;
  }
  state[kind].delete(id);
}

function of<Found, Field extends keyof Found>(
  objects: ReadonlyMap<string, Found>,
  field: Field,
  value: Found[Field],
): readonly Found[] {
  return [...objects.values()].filter((each) => each[field] === value);
}
