import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Bench,
  idleStatements,
  type Latency,
  latency,
  type Throughput,
  throughput,
} from './flows/measure.ts';
import { startWorker, type WorkerUnderTest } from './flows/worker-process.ts';
import { type Machine, thisMachine } from './testbed/machine.ts';
import { type FleetDatabase, type Servers, startServers } from './testbed/servers.ts';
import { table, whole } from './testbed/table.ts';

export interface FlowBenchOptions {
  readonly profileFolder: string | undefined;
  readonly jsonFile: string;
  readonly progress: (text: string) => void;
}

interface FlowResults {
  readonly machine: Machine;
  readonly throughput: readonly Throughput[];
  readonly latency: readonly Latency[];
  /** Of one worker that has nothing to do. */
  readonly idleStatementsPerSecond: number;
}

const WARM_UP = 40;
const FLOWS = 400;
const PACE_PER_SECOND = 10;
const PACED = 150;
const IDLE_MS = 10_000;

/** Load balancers created with noop drivers by the worker as it is shipped: what the control plane itself costs. */
export async function benchFlows(options: FlowBenchOptions): Promise<void> {
  const machine = thisMachine();
  const servers = await startServers();
  try {
    const database = await servers.createFleet(0);
    const one = await withWorkers(1, servers, database, options, measureAll);
    const two = await withWorkers(2, servers, database, options, measureAll);
    const results: FlowResults = {
      machine,
      throughput: [one.throughput, two.throughput],
      latency: [one.latency, two.latency],
      idleStatementsPerSecond: one.idle,
    };
    await mkdir(dirname(options.jsonFile), { recursive: true });
    await writeFile(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${report(results).join('\n')}\n`);
  } finally {
    await servers.stop();
  }
}

async function measureAll(bench: Bench, progress: FlowBenchOptions['progress']) {
  const idle = await idleStatements(bench, IDLE_MS);
  await throughput(bench, WARM_UP);
  const rate = await throughput(bench, FLOWS);
  progress(`${rate.workers} worker(s): ${rate.flowsPerSecond.toFixed(1)} creates/s`);
  return { idle, throughput: rate, latency: await latency(bench, PACE_PER_SECOND, PACED) };
}

async function withWorkers<Result>(
  count: number,
  servers: Servers,
  database: FleetDatabase,
  { profileFolder, progress }: FlowBenchOptions,
  work: (bench: Bench, progress: FlowBenchOptions['progress']) => Promise<Result>,
): Promise<Result> {
  const workers: WorkerUnderTest[] = [];
  try {
    while (workers.length < count)
      workers.push(await startWorker({ databaseUrl: database.url, profileFolder }));
    return await work(
      { client: database.client, postgresPid: servers.postgresPid, workers },
      progress,
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function report({ machine, throughput, latency, idleStatementsPerSecond }: FlowResults) {
  return [
    `load average before: ${machine.loadBefore.toFixed(2)}`,
    ...table(
      throughput.map((one) => ({
        workers: String(one.workers),
        'creates/s': one.flowsPerSecond.toFixed(1),
        'SQL each': whole(one.statementsPerFlow),
        'worker CPU ms': one.workerMs.toFixed(1),
        'PostgreSQL CPU ms': one.postgresMs.toFixed(1),
        'RSS MB': whole(one.rssBytes / 2 ** 20),
      })),
    ),
    '',
    ...table(
      latency.map((one) => ({
        workers: String(one.workers),
        'asked/s': String(one.askedPerSecond),
        'start p50 ms': whole(one.startMs.p50),
        'start p99 ms': whole(one.startMs.p99),
        'ACTIVE p50 ms': whole(one.endMs.p50),
        'ACTIVE p99 ms': whole(one.endMs.p99),
      })),
    ),
    '',
    `idle worker: ${whole(idleStatementsPerSecond)} statements/s`,
  ];
}
