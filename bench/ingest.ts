import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Wire } from '#core/heartbeat/datagram.ts';
import { measureDetection } from './ingest/detection.ts';
import type { FleetRunOptions } from './ingest/fleet-run.ts';
import { measureLag } from './ingest/lag.ts';
import { FIXED_RATE, measureRates } from './ingest/rates.ts';
import type { Results } from './ingest/results.ts';
import { measureStages } from './ingest/stages.ts';
import { tables } from './ingest/tables.ts';
import { measureReceivers } from './receivers/measure.ts';
import { thisMachine } from './testbed/machine.ts';
import { type Servers, startServers } from './testbed/servers.ts';

export const PARTS = ['bare', 'rates', 'stages', 'lag', 'detection'] as const;
export type Part = (typeof PARTS)[number];

export interface IngestBenchOptions {
  readonly fleets: readonly number[];
  readonly wires: readonly Wire[];
  readonly parts: readonly Part[];
  readonly threads: number;
  readonly jsonFile: string;
  readonly progress: (text: string) => void;
}

const BARE_GUESS = 180_000;
/** For what is measured once: stages, lag, detection. */
const USUAL_FLEET = 10_000;
const PROFILE =
  'version 3 heartbeats: one listener, one pool, three members; of a hundred heartbeats as many carry counts as "changed" says (usually 10)';

/** All figures of health-ingest; what fails is noted among the results and the rest goes on. */
export async function benchIngest(options: IngestBenchOptions): Promise<void> {
  const { wires, parts, threads, fleets, progress } = options;
  const results: Results = {
    machine: thisMachine(),
    profile: PROFILE,
    threads,
    bare: [],
    fleets: [],
    stages: [],
    lags: [],
    detections: [],
    missing: [],
  };
  const has = (part: Part): boolean => parts.includes(part);
  if (has('bare'))
    for (const wire of wires)
      for (const sockets of new Set([1, threads]))
        await attempt(`bare, ${wire}, ${sockets} sockets`, options, results, async (said) => {
          const rates = { fixedRate: FIXED_RATE[wire], searchGuess: BARE_GUESS };
          const run = { kind: 'count' as const, wire, threads: sockets, ...rates, progress: said };
          results.bare.push(await measureReceivers(run));
        });
  const servers = await startServers();
  try {
    if (has('rates'))
      for (const fleet of fleets) await benchFleet(servers, fleet, options, results);
    await benchUsualFleet(servers, options, results);
  } finally {
    await servers.stop();
  }
  await mkdir(dirname(options.jsonFile), { recursive: true });
  await writeFile(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(tables(results));
  progress(`all figures: ${options.jsonFile}`);
}

async function benchFleet(
  servers: Servers,
  fleet: number,
  options: IngestBenchOptions,
  results: Results,
): Promise<void> {
  const { wires, threads, progress } = options;
  const what = `fleet of ${fleet}`;
  progress(`${what}: filling PostgreSQL`);
  const database = await servers.createFleet(fleet);
  await attempt(what, options, results, async (said) => {
    const run = { servers, database, fleet, wires, threads, progress: said };
    results.fleets.push(await measureRates(run));
  });
  await database.drop();
}

async function benchUsualFleet(
  servers: Servers,
  options: IngestBenchOptions,
  results: Results,
): Promise<void> {
  const { wires, parts, threads, progress } = options;
  const isNeeded = parts.some((part) => part !== 'bare' && part !== 'rates');
  if (!isNeeded) return;
  const fleet = USUAL_FLEET;
  const database = await servers.createFleet(fleet);
  const run = async (
    part: Part,
    measure: (run: FleetRunOptions) => Promise<void>,
    onWires: readonly Wire[] = wires,
  ): Promise<void> => {
    if (!parts.includes(part)) return;
    for (const wire of onWires)
      await attempt(`${part}, ${wire}`, options, results, async () => {
        progress(`${part}, ${wire}`);
        await measure({ servers, database, fleet, wire, threads, progress });
      });
  };
  await run('stages', async (of) => {
    results.stages.push(await measureStages(of));
  });
  await run('lag', async (of) => {
    results.lags.push(await measureLag(of));
  });
  await run(
    'detection',
    async (of) => {
      results.detections.push(await measureDetection(of));
    },
    ['native'],
  );
  await database.drop();
}

async function attempt(
  what: string,
  { progress }: IngestBenchOptions,
  results: Results,
  run: (progress: (text: string) => void) => Promise<void>,
): Promise<void> {
  try {
    await run((text) => progress(`${what}: ${text}`));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress(`${what}: FAILED, ${reason}`);
    results.missing.push(`${what}: ${reason}`);
  }
}
