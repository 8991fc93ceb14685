import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { lockPool } from '../gates.ts';
import { find, permit, Refusal, reserve } from '../refusal.ts';
import { inUse, loadBalancerOf, type Member, type State, the } from '../state.ts';

export const memberAt = (port: number) => ({ address: '10.0.0.1', protocol_port: port });

export function createMember(draw: Draw): Command {
  const pool = pick(draw, 'pool');
  const port = 1 + (draw.b % 3);
  return {
    ...call(draw, 'POST', `/pools/${pool}/members`, { member: memberAt(port) }),
    expect(state, answer) {
      find(state.pool, 'pool', pool);
      const { project } = loadBalancerOf(state, 'pool', pool);
      permit(draw.client, project);
      reserve(state, project, 'member');
      lockPool(state, pool);
      if (membersOf(state, pool).some((member) => member.port === port))
        throw new Refusal(
          409,
          `Another member on this pool is already using ip 10.0.0.1 on protocol_port ${port}`,
        );
      insert(state, madeId(answer, 'member'), pool, port);
      return 201;
    },
  };
}

export function updateMember(draw: Draw): Command {
  const { id, pool, path } = memberIn(draw);
  // Marks end with the number of the command.
  const weight = Number(draw.mark.slice(1)) % 257;
  return {
    ...call(draw, 'PUT', path, { member: { weight } }),
    expect(state) {
      const member = lockForMember(state, draw, pool, id);
      member.weight = weight;
      member.provisioning = 'PENDING_UPDATE';
      return 200;
    },
  };
}

export function deleteMember(draw: Draw): Command {
  const { id, pool, path } = memberIn(draw);
  return {
    ...call(draw, 'DELETE', path),
    expect(state) {
      lockForMember(state, draw, pool, id).provisioning = 'PENDING_DELETE';
      return 204;
    },
  };
}

/** Members that are there are replaced, the others made; who is not listed goes, unless it is only to add. */
export function batchMembers(draw: Draw): Command {
  const pool = pick(draw, 'pool');
  const ports = [1, 2, 3].filter((port) => (draw.b >> (port - 1)) % 2 === 1);
  const isAdditive = draw.mark.endsWith('3') || draw.mark.endsWith('6');
  const path = `/pools/${pool}/members${isAdditive ? '?additive_only=true' : ''}`;
  return {
    ...call(draw, 'PUT', path, { members: ports.map(memberAt) }),
    expect(state) {
      find(state.pool, 'pool', pool);
      const { project } = loadBalancerOf(state, 'pool', pool);
      permit(draw.client, project);
      const stored = membersOf(state, pool);
      const added = ports.filter((port) => !stored.some((member) => member.port === port));
      const removed = isAdditive ? [] : stored.filter(({ port }) => !ports.includes(port));
      if (stored.length === 0 && added.length === 0) {
        // Nothing to do; but whether that may be said is asked first.
        lockPool(structuredClone(state), pool);
        return 202;
      }
      lockPool(state, pool);
      reserveGrowth(state, project, added.length - removed.length);
      for (const member of stored.filter(({ port }) => ports.includes(port))) {
        member.weight = 1;
        member.provisioning = 'PENDING_UPDATE';
      }
      for (const member of removed) member.provisioning = 'PENDING_DELETE';
      for (const port of added) insert(state, unnamedId(pool, port), pool, port);
      return 202;
    },
  };
}

/** The answer to a batch does not say the new ids: they are looked up once it is clear what happened. */
export function unnamedId(pool: string, port: number): string {
  return `new member of ${pool} at ${port}`;
}

function reserveGrowth(state: State, project: string, growth: number): void {
  const limit = state.limits.get(project)?.member ?? -1;
  if (growth > 0 && limit >= 0 && inUse(state, project, 'member') + growth > limit)
    throw new Refusal(403, 'Quota has been met for resources: Member');
}

function memberIn(draw: Draw) {
  const id = pick(draw, 'member');
  const pool = draw.state.member.get(id)?.pool ?? pick(draw, 'pool', 'b');
  return { id, pool, path: `/pools/${pool}/members/${id}` };
}

function lockForMember(state: State, { client }: Draw, pool: string, id: string): Member {
  find(state.pool, 'pool', pool);
  const member = find(state.member, 'member', id);
  permit(client, loadBalancerOf(state, 'member', id).project);
  lockPool(state, member.pool);
  return the(state.member, id);
}

function membersOf(state: State, pool: string): readonly Member[] {
  return [...state.member.values()].filter((member) => member.pool === pool);
}

function insert(state: State, id: string, pool: string, port: number): void {
  const hasMonitor = [...state.monitor.values()].some((monitor) => monitor.pool === pool);
  const operating = hasMonitor ? 'OFFLINE' : 'NO_MONITOR';
  state.member.set(id, { id, pool, port, weight: 1, provisioning: 'PENDING_CREATE', operating });
}
