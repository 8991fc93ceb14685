import type { LvsService, Persistence } from './lvs-listener.ts';
import type { MarkedMember } from './member-mark.ts';
import { chooseRules } from './nft-choice.ts';
import { limitsOf, type ServedService, setOf, type Words, wordsOf } from './nft-words.ts';

/** The parts of a table that one service needs. */
export interface ServiceRules {
  readonly sets: readonly { kind: 'set' | 'map'; name: string; definition: string }[];
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Rules of the chains that the kernel itself enters. */
  readonly base: readonly (readonly [chain: string, rules: readonly string[]])[];
}

const MEMBERS_MAX = 1024;

/**
 * A client's first packet: remembered member, or one by the scheduler → its mark → destination. All later packets are
 * the kernel's connection tracking. What finds no member comes to the amphora itself, which answers that nobody
 * listens, as LVS does; it must not become a tracked connection, which would keep the client from members to come.
 */
export function serviceRules(served: ServedService): ServiceRules {
  const { service, members } = served;
  const words = wordsOf(service);
  const usable = members.filter(({ weight }) => weight > 0);
  return {
    sets: limitsOf(members).map((limit) => ({
      kind: 'set',
      name: busySet(words, limit),
      definition: `{ type mark; size ${MEMBERS_MAX}; flags dynamic; }`,
    })),
    chains: new Map([
      [`send${words.version}`, members.length === 0 ? [] : sendRules(served, words)],
      [`try${words.version}`, tryRules(members, words)],
      [`choose${words.version}`, usable.length === 0 ? [] : chooseRules(served, usable, words)],
      [`count${words.version}`, countRules(service, usable, words)],
    ]),
    base: [
      ['arriving', [`${words.destination} goto choose${words.version}`]],
      ['passing', [`${words.originally} goto count${words.version}`]],
      ['unserved', [`${words.destination} reject`]],
    ],
  };
}

/** A member that has all the connections it may have is passed over. */
function tryRules(members: readonly MarkedMember[], words: Words): readonly string[] {
  const full = limitsOf(members).map((limit) => {
    const limited = members.filter(({ connectionsMax }) => connectionsMax === limit);
    return `meta mark ${setOf(limited)} add @${busySet(words, limit)} { meta mark ct count over ${limit} } return`;
  });
  return [...full, `goto send${words.version}`];
}

function sendRules({ service, members }: ServedService, words: Words): readonly string[] {
  const targets = members.map(({ mark, address, port }) => `${mark} : ${address} . ${port}`);
  return [
    ...forgetRules(service, words),
    ...rememberRules(service.persistence, words, 'meta mark'),
    'ct mark set meta mark',
    'counter name connections',
    `meta l4proto ${words.protocol} dnat ${words.ip} to meta mark map { ${targets.join(', ')} }`,
  ];
}

/** While a client sends, it stays remembered; but not with a member that gets no new connections. */
function countRules(
  { persistence }: LvsService,
  usable: readonly MarkedMember[],
  words: Words,
): readonly string[] {
  const remember = usable.length === 0 ? [] : rememberRules(persistence, words, 'ct mark');
  return [
    'ct direction reply counter name bytes-out accept',
    'counter name bytes-in',
    ...remember.map((rule) => `ct mark ${setOf(usable)} ${rule}`),
  ];
}

/** Keeps a client remembered that is so already, and remembers one that is not. */
function rememberRules(
  persistence: Persistence | null,
  { client, version }: Words,
  mark: 'meta mark' | 'ct mark',
): readonly string[] {
  if (persistence === null) return [];
  const { timeoutSeconds } = persistence;
  return [`update @remembered${version} { ${client} timeout ${timeoutSeconds}s : ${mark} }`];
}

/** An update leaves the member that is remembered as it is: to be sent to another, a client is forgotten first. */
function forgetRules({ persistence }: LvsService, { client, version }: Words): readonly string[] {
  return persistence === null ? [] : [`delete @remembered${version} { ${client} : meta mark }`];
}

/** By limit: an element keeps the one with which it was made. */
function busySet({ version }: Words, limit: number): string {
  return `busy${version}-${limit}`;
}
