import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StageOf, stagesOfThread } from '../testbed/cpu-profile.ts';
import { quiet } from '../testbed/quiet.ts';
import { costOf } from './cost.ts';
import {
  type FleetRunOptions,
  NO_VERDICTS,
  USUAL_CHANGED_PERCENT,
  withFleet,
} from './fleet-run.ts';
import type { StageResult } from './results.ts';

const SECONDS = 5;
const SETTLE_MS_MAX = 20_000;
const IDLE = '(idle)';

/** The first that fits, from the innermost frame outwards. */
const STAGES: readonly (readonly [stage: string, frame: RegExp])[] = [
  [IDLE, /^\(idle\)|^\(root\)/],
  ['garbage collection', /^\(garbage collector\)/],
  ['receive', /^\(program\)|node:dgram|health-ingest\/(receiver|ingest)\.ts/],
  ['HMAC', /core\/heartbeat\/key\.ts|node:internal\/crypto/],
  ['inflate', /core\/heartbeat\/(inflate|huffman)[^/]*\.ts|node:zlib/],
  ['decode', /core\/heartbeat\//],
  ['batch', /ioredis|node:(net|stream|internal\/streams)|msgpackr|redis|batch|statistics|sighting/],
  ['compare', /health-ingest\//],
];

const stageOf: StageOf = ({ name, url }) =>
  STAGES.find(([, frame]) => frame.test(`${name} ${url}`))?.[0];

/** Where the receiving thread's time goes: a sampled profile of the daemon at the fixed rate. */
export async function measureStages(
  options: FleetRunOptions & { readonly fixedRate: number },
): Promise<StageResult> {
  const { fleet, fixedRate, wire } = options;
  const folder = await mkdtemp(join(tmpdir(), 'octavia-bench-profile-'));
  try {
    const cost = await withFleet(
      { ...options, profileFolder: folder },
      NO_VERDICTS,
      async ({ volleys, observed }) => {
        const usual = { rate: fixedRate, changedPercent: USUAL_CHANGED_PERCENT };
        await volleys.fire({ ...usual, packets: fleet });
        await quiet(observed, SETTLE_MS_MAX);
        return costOf(volleys, observed, { ...usual, packets: fixedRate * SECONDS });
      },
    );
    const { [IDLE]: _, ...busy } = await stagesOfThread(folder, stageOf);
    const total = Object.values(busy).reduce((sum, micros) => sum + micros, 0);
    const micros = Object.entries(busy).map(
      ([stage, spent]) => [stage, (spent / total) * cost.threadMicros] as const,
    );
    return { wire, ratePerSecond: fixedRate, micros: Object.fromEntries(micros) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
