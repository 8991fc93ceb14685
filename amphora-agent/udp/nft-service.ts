import type { LvsService, Persistence, Scheduler } from './lvs-listener.ts';
import { bucketsOf, leastConnections, turnsOf, type Weighed } from './member-choice.ts';
import type { MarkedMember } from './member-mark.ts';

/** One service with the state its rules depend on. */
export interface ServedService {
  readonly service: LvsService;
  /** Those that live, with a weight or without. */
  readonly members: readonly MarkedMember[];
  /** For least connections: how many a member has. */
  readonly activeOf: (mark: number) => number;
}

/** The parts of a table that one service needs. */
export interface ServiceRules {
  readonly sets: readonly { kind: 'set' | 'map'; name: string; definition: string }[];
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Rules of the chains that the kernel itself enters. */
  readonly base: readonly (readonly [chain: string, rules: readonly string[]])[];
}

/** Where members have a limit, so many are tried for a client before it is turned away. */
const TRIES_MAX = 64;
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

interface Words {
  readonly version: 4 | 6;
  readonly ip: 'ip' | 'ip6';
  readonly protocol: string;
  readonly destination: string;
  readonly originally: string;
  /** The part of a client's address that is remembered. */
  readonly client: string;
}

function wordsOf({ version, protocol, vips, persistence }: LvsService): Words {
  const ip = version === 4 ? 'ip' : 'ip6';
  const addresses = `{ ${[...new Set(vips.map(({ address }) => address))].join(', ')} }`;
  const ports = `{ ${[...new Set(vips.map(({ port }) => port))].join(', ')} }`;
  return {
    version,
    ip,
    protocol,
    destination: `${ip} daddr ${addresses} ${protocol} dport ${ports}`,
    originally: `meta l4proto ${protocol} ct original ${ip} daddr ${addresses} ct original proto-dst ${ports}`,
    client: persistence === null ? '' : `${ip} saddr & ${maskOf(persistence, version)}`,
  };
}

function chooseRules(
  { service, activeOf }: ServedService,
  usable: readonly MarkedMember[],
  words: Words,
): readonly string[] {
  const { version } = words;
  const weighed =
    service.scheduler === 'least-connections' ? leastConnections(usable, activeOf) : usable;
  const remembered =
    service.persistence === null
      ? []
      : [
          'meta mark set 0',
          `meta mark set ${words.client} map @remembered${version}`,
          `meta mark ${setOf(usable)} jump try${version}`,
        ];
  return [
    ...remembered,
    `meta mark set ${chooserOf(service.scheduler, weighed, words)}`,
    `jump try${version}`,
    ...othersIfFull(usable).flatMap((mark) => [`meta mark set ${mark}`, `jump try${version}`]),
  ];
}

/** The chosen one came back: it has all it may have. Then whoever still takes one. */
function othersIfFull(usable: readonly MarkedMember[]): readonly number[] {
  if (limitsOf(usable).length === 0) return [];
  return usable.slice(0, TRIES_MAX).map(({ mark }) => mark);
}

function chooserOf(
  scheduler: Scheduler,
  weighed: readonly Weighed[],
  { ip, protocol }: Words,
): string {
  switch (scheduler) {
    case 'round-robin':
    case 'least-connections': {
      const turns = turnsOf(weighed);
      return `numgen inc mod ${turns.length} map ${rangesOf(turns)}`;
    }
    case 'source':
    case 'source-and-port': {
      const buckets = bucketsOf(weighed);
      const client = `${ip} saddr${scheduler === 'source' ? '' : ` . ${protocol} sport`}`;
      return `jhash ${client} mod ${buckets.length} seed ${SEED} map ${rangesOf(buckets)}`;
    }
  }
}

/** The same on every amphora, so that clients stay with their members when the VIP moves. */
const SEED = 0x0c7a71a;

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

function limitsOf(members: readonly MarkedMember[]): readonly number[] {
  return [...new Set(members.map(({ connectionsMax }) => connectionsMax))].filter(
    (limit) => limit !== null,
  );
}

/** By limit: an element keeps the one with which it was made. */
function busySet({ version }: Words, limit: number): string {
  return `busy${version}-${limit}`;
}

function setOf(members: readonly MarkedMember[]): string {
  return `{ ${members.map(({ mark }) => mark).join(', ')} }`;
}

/** `{ 0-2 : 7, 3 : 9 }`: a map from each index to its value. */
function rangesOf(marks: readonly number[]): string {
  const ranges: string[] = [];
  for (let from = 0; from < marks.length; ) {
    let to = from;
    while (marks[to + 1] === marks[from]) to++;
    ranges.push(`${from === to ? from : `${from}-${to}`} : ${marks[from]}`);
    from = to + 1;
  }
  return `{ ${ranges.join(', ')} }`;
}

function maskOf({ prefixLength }: Persistence, version: 4 | 6): string {
  const bits = (version === 4 ? 32 : 128) - prefixLength;
  const all = (1n << BigInt(version === 4 ? 32 : 128)) - 1n;
  const mask = all ^ ((1n << BigInt(bits)) - 1n);
  const hex = mask.toString(16).padStart(version === 4 ? 8 : 32, '0');
  if (version === 6) return (hex.match(/.{4}/g) ?? []).join(':');
  return (hex.match(/.{2}/g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}
