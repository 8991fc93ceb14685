import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Saying, WanderingAmphora } from '../testing/wandering-amphora.ts';
import { SETTLED_AFTER_MS } from './amphora-table.ts';

const FIRST_EPOCH = 1_700_000_000;
const WINDOW = 32;
/** What a thread has told is written after so long at the latest, or has come back. */
const ARRIVES_WITHIN_MS = SETTLED_AFTER_MS - 1;
const NEVER_MS = 1e9;

/** What happens next, to an amphora that says one thing after another and whose port anybody may change on the way. */
type Step =
  | {
      readonly kind: 'say';
      readonly thread: number;
      readonly pool: string;
      readonly active: number;
    }
  | { readonly kind: 'lose'; readonly pool: string }
  | { readonly kind: 'again'; readonly thread: number; readonly back: number }
  | { readonly kind: 'arrive' | 'fail'; readonly thread: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' };

const thread = fc.nat({ max: 2 });
const pool = fc.constantFrom('UP', 'DOWN', 'MAINT');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      thread,
      pool,
      active: fc.nat({ max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), pool }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('again' as const),
      thread,
      back: fc.nat({ max: 40 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('arrive' as const), thread }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), thread }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.nat({ max: ARRIVES_WITHIN_MS }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

interface LastWord {
  readonly thread: number;
  readonly pool: string;
  readonly active: number;
}
const lastWord = fc.record({ thread, pool, active: fc.nat({ max: 2 }) });

/** Which datagrams count: each number of the run that began last once, as long as it is one of the last 32. */
class Count {
  rxBytes = 0;
  #epoch = 0;
  #newest = -1;
  #seen = new Set<number>();

  take({ epoch, sequence, rxBytes }: Saying): void {
    if (epoch < this.#epoch) return;
    if (epoch > this.#epoch) {
      this.#epoch = epoch;
      this.#newest = -1;
      this.#seen = new Set();
    }
    if (this.#seen.has(sequence) || sequence <= this.#newest - WINDOW) return;
    this.#seen.add(sequence);
    this.#newest = Math.max(this.#newest, sequence);
    this.rxBytes += rxBytes;
  }
}

/** Plays a story to its end, with a last word that is said twice. @returns what is written, and what should be */
function play(steps: readonly Step[], lastWord: LastWord, wire: 'native' | 'octavia') {
  const amphora = new WanderingAmphora(3, NEVER_MS);
  const count = new Count();
  const said: Saying[] = [];
  const toldAtMs = [0, 0, 0];
  let nowMs = 0;
  let epoch = wire === 'native' ? FIRST_EPOCH : 0;
  let sequence = 0;
  const say = (pool: string, activeConnections: number): Saying => {
    const rxBytes = 2 ** (said.length % 20);
    const saying = { epoch, sequence: sequence++, pool, rxBytes, activeConnections };
    said.push(saying);
    return saying;
  };
  const hear = (thread: number, saying: Saying): void => {
    toldAtMs[thread] ||= nowMs;
    count.take(saying);
    amphora.hear(thread, saying, nowMs);
  };
  const arrive = (thread: number): void => {
    amphora.arrive(thread);
    toldAtMs[thread] = 0;
  };
  const wait = (ms: number): void => {
    nowMs += ms;
    for (const [thread, atMs] of toldAtMs.entries())
      if (atMs > 0 && nowMs - atMs >= ARRIVES_WITHIN_MS) arrive(thread);
  };
  const run = (one: Step): void => {
    wait(1);
    switch (one.kind) {
      case 'say':
        return hear(one.thread, say(one.pool, one.active));
      case 'lose':
        return void say(one.pool, 0);
      case 'again': {
        const old = said.at(-1 - one.back);
        // Without an epoch one that is far behind is a sender that started again.
        if (old && (epoch > 0 || one.back < WINDOW)) hear(one.thread, old);
        return;
      }
      case 'arrive':
        return arrive(one.thread);
      case 'fail':
        if (said[0]) amphora.fail(one.thread, said[0]);
        return;
      case 'wait':
        return wait(one.ms);
      case 'restart':
        if (epoch === 0) return;
        epoch++;
        sequence = 0;
    }
  };
  for (const one of steps) run(one);
  for (const afterMs of [1, SETTLED_AFTER_MS]) {
    wait(afterMs);
    hear(lastWord.thread, say(lastWord.pool, lastWord.active));
  }
  // Whoever is late is not later than that.
  for (const thread of [1, 2, 0]) arrive(thread);
  const { pool, rxBytes, activeConnections } = amphora;
  return {
    written: { pool, rxBytes, activeConnections },
    wanted: {
      pool: lastWord.pool,
      rxBytes: count.rxBytes,
      activeConnections: lastWord.active,
    },
  };
}

test.each(['native', 'octavia'] as const)(
  'on the %s wire, whichever threads an amphora comes to: its last word is written, every byte counts once',
  (wire) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), lastWord, (steps, last) => {
        const { written, wanted } = play(steps, last, wire);
        expect(written).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  },
);
