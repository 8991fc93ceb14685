import { expect, test } from 'vitest';
import type { Logger } from '../ports/logger.ts';
import { Repeating, type RepeatingOptions } from './repeating.ts';
import { systemClock } from './system-clock.ts';

/** Rounds until it is stopped, with all that it warned of. */
function repeating(options: Pick<RepeatingOptions, 'round'> & Partial<RepeatingOptions>): {
  readonly service: Repeating;
  readonly warnings: readonly string[];
} {
  const warnings: string[] = [];
  const logger: Logger = {
    debug() {},
    info() {},
    warn: (_fields, message) => void warnings.push(message),
    error() {},
    child: () => logger,
  };
  const service = new Repeating({
    name: 'rounds',
    intervalMs: 1,
    complaint: 'no luck',
    clock: systemClock,
    logger,
    ...options,
  });
  return { service, warnings };
}

/** A round that may be waited for: the `count`th time it is done. */
function counted(
  count: number,
  round: (nth: number) => Promise<number | undefined>,
): { readonly reached: Promise<void>; readonly round: RepeatingOptions['round'] } {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let nth = 0;
  return {
    reached,
    async round() {
      nth++;
      if (nth === count) resolve();
      return round(nth);
    },
  };
}

test('rounds follow each other, also after one that failed, which is said once', async () => {
  const { reached, round } = counted(8, async (nth) => {
    if (nth === 2 || nth === 3 || nth === 6) throw new Error('away');
    return undefined;
  });
  const { service, warnings } = repeating({ round });
  await service.start();
  await service.start();
  await reached;
  await service.stop();
  expect(warnings).toEqual(['no luck', 'no luck']);
});

test('a round that wants the next one at once gets it, whatever the interval', async () => {
  const { reached, round } = counted(3, async () => 0);
  const { service } = repeating({ round, intervalMs: 3_600_000, firstWaitMs: 0 });
  await service.start();
  await reached;
  await service.stop();
});

test('a stop asks the round under way to end, waits for it, and lets no other begin', async () => {
  const said: string[] = [];
  const { service } = repeating({
    async round(signal) {
      said.push('begun');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await systemClock.sleep(20);
      said.push('ended');
      return 0;
    },
  });
  await service.start();
  while (said.length === 0) await systemClock.sleep(1);
  await service.stop();
  expect(said).toEqual(['begun', 'ended']);
  await service.stop();
});

test('one that was never started, or is between two rounds, stops at once', async () => {
  const { service } = repeating({ round: async () => undefined, intervalMs: 3_600_000 });
  await service.stop();
  const { service: waiting } = repeating({ round: async () => undefined, intervalMs: 3_600_000 });
  await waiting.start();
  await waiting.stop();
});
