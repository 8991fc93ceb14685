import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { noopAmphora } from './amphora.ts';
import { noopCertificateGenerator, noopCertificateManager } from './certificates.ts';
import { noopCompute } from './compute.ts';
import { Faults } from './faults.ts';
import { noopImage } from './image.ts';
import { noopNetwork } from './network.ts';
import { noopVolume } from './volume.ts';

type Method = (...all: readonly unknown[]) => Promise<unknown>;

/** By the names that faults are planned with. */
const DRIVERS: Readonly<Record<string, (faults: Faults) => object>> = {
  amphora: (faults) => noopAmphora({ faults }),
  certificateManager: (faults) => noopCertificateManager({ faults }),
  certificates: (faults) => noopCertificateGenerator(systemClock, faults),
  compute: (faults) => noopCompute({ faults }),
  image: (faults) => noopImage({ faults }),
  network: (faults) => noopNetwork({ faults }),
  volume: (faults) => noopVolume({ faults }),
};

const CALLS = Object.entries(DRIVERS).flatMap(([name, open]) =>
  Object.keys(open(new Faults())).map((method) => ({ operation: `${name}.${method}`, open })),
);

/** A noop driver that does not wait on purpose has answered by then. */
const stillRuns = async (call: Promise<unknown>): Promise<boolean> =>
  Promise.race([call.then(() => false), immediate(true)]);

test.each(CALLS)(
  '$operation fails as often as it is told to, and then never ends',
  async ({ operation, open }) => {
    const faults = new Faults();
    const driver = open(faults) as Record<string, Method>;
    const call = driver[operation.split('.')[1] ?? ''] as Method;
    faults.plan(operation, { kind: 'fail', retryable: true, times: 1 });
    faults.plan(operation, { kind: 'fail', retryable: false, times: 1 }, 2);
    faults.plan(operation, { kind: 'hang' }, 3);
    const given = [{ id: 'x' }, 'x', 'x', []];
    for (const isRetryable of [true, false]) {
      const failure = call(...given);
      await expect(failure).rejects.toThrow(DriverFailure);
      await expect(failure).rejects.toMatchObject({ isRetryable });
    }
    expect(await stillRuns(call(...given))).toBe(true);
    expect(faults.callsOf(operation)).toBe(3);
  },
);

test('the call that is told to be late does what it should, the others are in time', async () => {
  const faults = new Faults();
  const compute = noopCompute({ faults });
  faults.plan('compute.build', { kind: 'stall', durationMs: 20 }, 2);
  const build = (amphoraId: string) =>
    compute.build({ amphoraId, files: [], spec: DEFAULT_MACHINE });
  expect(await stillRuns(build('first'))).toBe(false);
  const late = build('second');
  expect(await stillRuns(late)).toBe(true);
  expect(await compute.find('second')).toBeNull();
  const { computeId } = await late;
  expect(await compute.find('second')).toMatchObject({ computeId });
  expect(await stillRuns(build('third'))).toBe(false);
});
