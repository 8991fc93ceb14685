import { checkOf, paceOf } from './lvs-checker.ts';
import type {
  Endpoint,
  LvsListener,
  LvsMember,
  LvsProtocol,
  LvsService,
  Scheduler,
} from './lvs-listener.ts';
import { NotLvs, parseStatements, type Statement } from './lvs-text.ts';
import { endpointOf, idIn, prefixLengthOf, valueOf, versionOf, wholeOf } from './lvs-value.ts';

export type ParsedLvs =
  | { readonly kind: 'listener'; readonly listener: LvsListener }
  | { readonly kind: 'refused'; readonly reason: string };

/** A rule set beyond this would take longer to load than a controller waits. */
const MEMBERS_MAX = 1024;
const VIPS_MAX = 64;
const WEIGHT_MAX = 65_535;
const SECONDS_MAX = 2 ** 31 - 1;
const CONNECTIONS_MAX = 2 ** 31 - 1;

/**
 * Reads the keepalived configuration of one listener, ours or that of the original's controller.
 * @returns refused: what is wrong, for whoever sent it
 */
export function parseLvsConfig(listenerId: string, text: string): ParsedLvs {
  try {
    const statements = parseStatements(text);
    const groups = new Map(
      blocks(statements, 'virtual_server_group').map((block) => [
        block.words[1] ?? '',
        vipsOf(block),
      ]),
    );
    const services = blocks(statements, 'virtual_server').map((block) => serviceOf(block, groups));
    const isEnabled = firstId(statements, /^Listener ([0-9a-f-]{36}) is disabled$/i) === null;
    return { kind: 'listener', listener: { id: listenerId, isEnabled, services } };
  } catch (error) {
    if (!(error instanceof NotLvs)) throw error;
    return { kind: 'refused', reason: `listener ${listenerId}: ${error.message}` };
  }
}

function blocks(statements: readonly Statement[], keyword: string): readonly Statement[] {
  return statements.filter(({ words }) => words[0] === keyword);
}

function vipsOf({ inside }: Statement): readonly Endpoint[] {
  const vips = inside
    .filter(({ words }) => words[0] !== '#')
    .map(({ words }) => endpointOf(words[0], words[1]));
  if (vips.length > VIPS_MAX) throw new NotLvs(`has more than ${VIPS_MAX} addresses`);
  return vips;
}

function serviceOf(
  { words, inside }: Statement,
  groups: ReadonlyMap<string, readonly Endpoint[]>,
): LvsService {
  const vips = groups.get(words[2] ?? '');
  const [first] = vips ?? [];
  if (words[1] !== 'group' || vips === undefined || first === undefined)
    throw new NotLvs(`virtual_server "${words.slice(1).join(' ')}" has no address`);
  const version = versionOf(first);
  const members = membersOf(inside);
  if ([...vips, ...members].some((each) => versionOf(each) !== version))
    throw new NotLvs('addresses of both IP versions are in one virtual_server');
  const timeoutSeconds = wholeOf(inside, 'persistence_timeout', 0, SECONDS_MAX);
  const prefixLength = prefixLengthOf(valueOf(inside, 'persistence_granularity'), version);
  return {
    version,
    protocol: protocolOf(valueOf(inside, 'protocol')),
    vips,
    scheduler: schedulerOf(inside),
    persistence: timeoutSeconds === 0 ? null : { timeoutSeconds, prefixLength },
    pace: paceOf(inside),
    poolId: firstId(inside, /^Configuration for Pool ([0-9a-f-]{36})$/i),
    members,
    disabledMemberIds: inside.flatMap(
      (each) => idIn(each, /^Member ([0-9a-f-]{36}) is disabled$/i) ?? [],
    ),
  };
}

function protocolOf(text: string | undefined): LvsProtocol {
  const protocol = text?.toLowerCase();
  if (protocol === 'udp' || protocol === 'sctp') return protocol;
  throw new NotLvs(`protocol ${text}: it must be UDP or SCTP`);
}

function schedulerOf(inside: readonly Statement[]): Scheduler {
  const word = valueOf(inside, 'lb_algo') ?? valueOf(inside, 'lvs_sched');
  switch (word) {
    case 'rr':
    case 'wrr':
      return 'round-robin';
    case 'lc':
    case 'wlc':
      return 'least-connections';
    case 'sh':
      return inside.some(({ words }) => words[0] === 'sh-port') ? 'source-and-port' : 'source';
    default:
      throw new NotLvs(`lb_algo ${word}: it must be rr, wrr, lc, wlc or sh`);
  }
}

/** A member's id stands in the comment before it. */
function membersOf(inside: readonly Statement[]): readonly LvsMember[] {
  const members: LvsMember[] = [];
  let id: string | null = null;
  for (const statement of inside) {
    id = idIn(statement, /^Configuration for Member ([0-9a-f-]{36})$/i) ?? id;
    if (statement.words[0] !== 'real_server') continue;
    members.push(memberOf(statement, id));
    id = null;
  }
  if (members.length > MEMBERS_MAX) throw new NotLvs(`has more than ${MEMBERS_MAX} members`);
  return members;
}

function memberOf({ words, inside }: Statement, id: string | null): LvsMember {
  const endpoint = endpointOf(words[1], words[2]);
  if (id === null)
    throw new NotLvs(`real_server ${endpoint.address}: no comment before it has the member's id`);
  const connectionsMax = wholeOf(inside, 'uthreshold', 0, CONNECTIONS_MAX);
  return {
    id,
    ...endpoint,
    weight: wholeOf(inside, 'weight', 1, WEIGHT_MAX),
    connectionsMax: connectionsMax === 0 ? null : connectionsMax,
    check: checkOf(inside, endpoint),
  };
}

function firstId(inside: readonly Statement[], form: RegExp): string | null {
  for (const statement of inside) {
    const id = idIn(statement, form);
    if (id !== null) return id;
  }
  return null;
}
