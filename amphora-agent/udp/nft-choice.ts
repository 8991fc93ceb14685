import type { Scheduler } from './lvs-listener.ts';
import { bucketsOf, leastConnections, turnsOf, type Weighed } from './member-choice.ts';
import type { MarkedMember } from './member-mark.ts';
import { limitsOf, type ServedService, setOf, type Words } from './nft-words.ts';

/** Where members have a limit, so many are tried for a client before it is turned away. */
const TRIES_MAX = 64;

/** Who gets a new client: whom it is remembered with, else by the scheduler, else whoever still takes one. */
export function chooseRules(
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
  { ip, protocol, clientBytes }: Words,
): string {
  switch (scheduler) {
    case 'round-robin':
      // Who is remembered here is a stranger to the amphora that takes over: it is to choose alike.
      return clientBytes === null ? byTurns(weighed) : byHash(weighed, clientBytes);
    case 'least-connections':
      return byTurns(weighed);
    case 'source':
      return byHash(weighed, `${ip} saddr`);
    case 'source-and-port':
      return byHash(weighed, `${ip} saddr . ${protocol} sport`);
  }
}

function byTurns(weighed: readonly Weighed[]): string {
  const turns = turnsOf(weighed);
  return `numgen inc mod ${turns.length} map ${rangesOf(turns)}`;
}

function byHash(weighed: readonly Weighed[], client: string): string {
  const buckets = bucketsOf(weighed);
  return `jhash ${client} mod ${buckets.length} seed ${SEED} map ${rangesOf(buckets)}`;
}

/** The same on every amphora, so that clients stay with their members when the VIP moves. */
const SEED = 0x0c7a71a;

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
