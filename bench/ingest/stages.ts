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
import { FIRST_RATE, FIXED_RATE } from './rates.ts';
import type { StageResult } from './results.ts';

const SECONDS = 5;
const SETTLE_MS_MAX = 20_000;
const IDLE = '(idle)';

/** The first that fits, from the innermost frame outwards. */
const STAGES: readonly (readonly [stage: string, frame: RegExp])[] = [
  [IDLE, /^\(idle\)|^\(root\)/],
  ['garbage collection', /^\(garbage collector\)/],
  ['receive', /^\(program\)|node:dgram|receiving\/(receiver|ingest)\.ts/],
  ['HMAC', /core\/heartbeat\/key\.ts|node:internal\/crypto/],
  ['inflate', /core\/heartbeat\/(adler|deflate|inflate|huffman)[^/]*\.ts|node:zlib/],
  ['decode', /core\/heartbeat\//],
  [
    'batch',
    /ioredis|node:(net|stream|internal\/streams)|msgpackr|health-ingest\/exchange\/(?!id-table)|receiving\/(batch|heartbeat-store|sighting|statistics)/,
  ],
  ['compare', /health-ingest\//],
];

const stageOf: StageOf = ({ name, url }) =>
  STAGES.find(([, frame]) => frame.test(`${name} ${url}`))?.[0];

/** Where the receiving thread's time goes: a sampled profile of the daemon at the fixed rate. */
export async function measureStages(options: FleetRunOptions): Promise<StageResult> {
  const { fleet, wire } = options;
  const fixedRate = FIXED_RATE[wire];
  const folder = await mkdtemp(join(tmpdir(), 'octavia-bench-profile-'));
  try {
    const usual = { rate: fixedRate, changedPercent: USUAL_CHANGED_PERCENT };
    const packets = fixedRate * SECONDS;
    const profiled = { ...options, profileFolder: folder };
    const { cost, window } = await withFleet(
      profiled,
      NO_VERDICTS,
      async ({ volleys, observed }) => {
        await volleys.fire({ ...usual, rate: FIRST_RATE, packets: fleet });
        await quiet(observed, SETTLE_MS_MAX);
        const cost = await costOf(volleys, observed, { ...usual, packets });
        const toMicros = monotonicMicros();
        return { cost, window: { fromMicros: toMicros - cost.tookMs * 1000, toMicros } };
      },
    );
    const { [IDLE]: _, ...spent } = await stagesOfThread(folder, window, stageOf);
    const micros = Object.fromEntries(
      Object.entries(spent).map(([stage, total]) => [stage, total / packets]),
    );
    // The kernel's part of receiving happens while the profiler takes the thread to be idle.
    const inScript = Object.values(micros).reduce((sum, value) => sum + value, 0);
    const outside = Math.max(0, cost.threadMicros - inScript);
    micros.receive = (micros.receive ?? 0) + outside;
    return { wire, ratePerSecond: fixedRate, lost: cost.lost, micros };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
