import { isIP } from 'node:net';
import type { HealthMonitor } from '../domain/health-monitor.ts';
import { transportOf } from '../domain/listener.ts';
import type { ListenerTree, PoolTree } from '../domain/load-balancer-tree.ts';
import type { Member } from '../domain/member.ts';
import { LbAlgorithm, SessionPersistenceType } from '../domain/pool.ts';
import { checkerLines } from './checker.ts';
import type { LvsContext } from './context.ts';
import { membersOf, monitorOf } from './served-pool.ts';
import { id, ipVersionOf, port, refuse, whole } from './values.ts';

const PERSISTENCE_SECONDS = 360;
const PERSISTENCE_SECONDS_MAX = 2 ** 31 - 1;
const DELAY_SECONDS_MAX = 86_400;
const WEIGHT_MAX = 65_535;
const WEIGHT = 1;
const CONNECTIONS_MAX = 2 ** 31 - 1;

const SCHEDULERS: Readonly<Record<LbAlgorithm, readonly string[]>> = {
  [LbAlgorithm.RoundRobin]: ['lb_algo wrr'],
  [LbAlgorithm.LeastConnections]: ['lb_algo lc'],
  [LbAlgorithm.SourceIp]: ['lb_algo sh'],
  // The original has no word for it; keepalived has.
  [LbAlgorithm.SourceIpPort]: ['lb_algo sh', 'sh-port'],
};

/** Where LVS sends what comes to the listener's addresses of one IP version: to the members of that version. */
export function virtualServer(
  listener: ListenerTree,
  pool: PoolTree,
  version: 4 | 6,
  context: LvsContext,
): readonly string[] {
  const monitor = monitorOf(pool);
  const poolId = id(pool.id, 'pool');
  const members = membersOf(pool).filter((member) => ipVersionOf(member.address) === version);
  const lines = [
    ...SCHEDULERS[pool.lbAlgorithm],
    'lb_kind NAT',
    `protocol ${transportOf(listener.protocol)}`,
    ...persistenceLines(pool, version),
    ...(monitor === null ? [] : paceLines(monitor)),
    '',
    pool.isEnabled ? `# Configuration for Pool ${poolId}` : `# Pool ${poolId} is disabled`,
    ...(monitor === null
      ? []
      : [`# Configuration for HealthMonitor ${id(monitor.id, 'health monitor')}`]),
    ...members.flatMap((member) => memberLines(member, listener, monitor, context)),
  ];
  return [`virtual_server group ipv${version}-group {`, ...indented(lines), '}'];
}

/** Without a granularity of the user's own, each address of a client is remembered by itself. */
function persistenceLines(pool: PoolTree, version: 4 | 6): readonly string[] {
  const persistence = pool.sessionPersistence;
  if (persistence?.type !== SessionPersistenceType.SourceIp) return [];
  const what = `pool ${pool.id}: persistence_timeout`;
  const seconds = persistence.persistenceTimeoutSeconds ?? PERSISTENCE_SECONDS;
  const granularity =
    persistence.persistenceGranularity ?? (version === 4 ? '255.255.255.255' : '128');
  if (isIP(granularity) === 0 && !/^\d{1,3}$/.test(granularity))
    refuse(`pool ${pool.id}: persistence_granularity`, 'must be a netmask');
  return [
    `persistence_timeout ${whole(seconds, 1, PERSISTENCE_SECONDS_MAX, what)}`,
    `persistence_granularity ${granularity}`,
  ];
}

function paceLines(monitor: HealthMonitor): readonly string[] {
  const what = `health monitor ${monitor.id}`;
  const delay = whole(monitor.delaySeconds, 0, DELAY_SECONDS_MAX, `${what}: delay`);
  return [
    `delay_loop ${delay}`,
    `delay_before_retry ${delay}`,
    `retry ${whole(monitor.maxRetriesDown, 1, 100, `${what}: max_retries_down`)}`,
  ];
}

function memberLines(
  member: Member,
  listener: ListenerTree,
  monitor: HealthMonitor | null,
  context: LvsContext,
): readonly string[] {
  const memberId = id(member.id, 'member');
  if (!member.isEnabled) return [`# Member ${memberId} is disabled`, ''];
  const what = `member ${memberId}`;
  const address = ipAddress(member.address, `${what}: address`);
  const checked = ipAddress(member.monitorAddress ?? member.address, `${what}: monitor_address`);
  return [
    `# Configuration for Member ${memberId}`,
    `real_server ${address} ${port(member.protocolPort, what)} {`,
    ...indented([
      `weight ${whole(member.weight ?? WEIGHT, 0, WEIGHT_MAX, `${what}: weight`)}`,
      ...limitLines(listener),
      ...(monitor === null ? [] : checkerLines(monitor, member, checked, context)),
    ]),
    '}',
    '',
  ];
}

/** LVS limits connections by member, not by listener. */
function limitLines({ id: listenerId, connectionLimit }: ListenerTree): readonly string[] {
  if (connectionLimit === null || connectionLimit <= 0) return [];
  const what = `listener ${listenerId}: connection_limit`;
  return [`uthreshold ${whole(connectionLimit, 1, CONNECTIONS_MAX, what)}`];
}

function ipAddress(text: string, what: string): string {
  return isIP(text) === 0 || text.includes('%') ? refuse(what, 'must be an IP address') : text;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `    ${line}`));
}
