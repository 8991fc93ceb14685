import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { REST_MS, ReceiveCoalescing } from './receive-coalescing.ts';

interface Turn {
  readonly datagrams: number;
  /** Since the turn before. */
  readonly afterMs: number;
}

/** @returns after which of these turns of the loop a thread rested */
async function restsOf(turns: readonly Turn[]): Promise<readonly boolean[]> {
  let now = 0;
  let rested = 0;
  const coalescing = new ReceiveCoalescing({
    clock: { monotonicMs: () => now },
    rest(ms) {
      expect(ms).toBe(REST_MS);
      rested++;
    },
  });
  const rests: boolean[] = [];
  for (const { datagrams, afterMs } of turns) {
    const before = rested;
    now += afterMs;
    for (let count = 0; count < datagrams; count++) coalescing.took();
    await turn();
    rests.push(rested > before);
  }
  return rests;
}

const [RARE, OFTEN] = [REST_MS * 10, REST_MS / 4];

test('a thread that hears of somebody now and then takes each datagram at once', async () => {
  const turns = Array.from({ length: 5 }, () => ({ datagrams: 1, afterMs: RARE }));
  expect(await restsOf(turns)).toEqual([false, false, false, false, false]);
});

test('one that is woken again and again rests each time, until it is woken seldom', async () => {
  expect(
    await restsOf([
      { datagrams: 1, afterMs: RARE },
      { datagrams: 2, afterMs: OFTEN },
      { datagrams: 31, afterMs: OFTEN },
      { datagrams: 2, afterMs: RARE },
    ]),
  ).toEqual([false, true, true, false]);
});

test('with more waiting in its socket it goes on', async () => {
  expect(
    await restsOf([
      { datagrams: 32, afterMs: RARE },
      { datagrams: 32, afterMs: OFTEN },
      { datagrams: 5, afterMs: OFTEN },
    ]),
  ).toEqual([false, false, true]);
});

test('a turn without datagrams is none of its turns', async () => {
  expect(
    await restsOf([
      { datagrams: 3, afterMs: RARE },
      { datagrams: 0, afterMs: OFTEN },
      { datagrams: 1, afterMs: RARE },
    ]),
  ).toEqual([false, false, false]);
});
