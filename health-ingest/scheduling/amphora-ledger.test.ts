import { expect, test } from 'vitest';
import { textOf } from '#core/heartbeat/uuid-words.ts';
import { AmphoraLedger } from './amphora-ledger.ts';
import { SightingBoard } from './sighting-board.ts';

const DAY_MS = 86_400_000;
const words = (amphora: number): Uint32Array => Uint32Array.of(amphora, 0, 0, 1);

test('once there is room for all amphorae again, the next pass through them says so', async () => {
  const board = new SightingBoard({ idsMax: 1, forgetAfterMs: 1000, isSilenceSuspect: true });
  const amphora = { id: textOf(words(1)), zone: null, isStopped: false };
  let nowMs = 0;
  const ledger = new AmphoraLedger({
    directory: { expectedAfter: async () => [amphora], changed: async () => [] },
    board,
    clock: { monotonicMs: () => nowMs },
  });
  board.see(words(2), nowMs);
  await ledger.keep();
  expect([ledger.isComplete, ledger.hasRoom]).toEqual([true, false]);
  nowMs = DAY_MS;
  board.census({ lateMs: nowMs, staleMs: nowMs }, nowMs);
  await ledger.keep();
  expect(ledger.hasRoom).toBe(true);
});
