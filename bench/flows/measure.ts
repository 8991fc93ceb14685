import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { countStatements } from '../testbed/observe.ts';
import {
  cpuMicros,
  family,
  memoryOf,
  type ThreadTimes,
  threadTimes,
} from '../testbed/process-cost.ts';
import { type FlowTimes, requestCreates, timesOf, untilActive } from './creates.ts';
import type { WorkerUnderTest } from './worker-process.ts';

export interface Bench {
  readonly client: Client;
  readonly postgresPid: number;
  readonly workers: readonly WorkerUnderTest[];
}

export interface Throughput {
  readonly workers: number;
  readonly flowsPerSecond: number;
  readonly statementsPerFlow: number;
  /** CPU of one flow, by who spent it. */
  readonly workerMs: number;
  readonly postgresMs: number;
  readonly rssBytes: number;
}

export interface Latency {
  readonly workers: number;
  readonly askedPerSecond: number;
  readonly startMs: Percentiles;
  readonly endMs: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** All at once: how many the workers get through. */
export async function throughput(bench: Bench, flows: number): Promise<Throughput> {
  const { client, workers } = bench;
  const statements = await countStatements(client);
  const before = readings(bench);
  const ids = await requestCreates(client, flows);
  await untilActive(client, ids);
  const times = await timesOf(client, ids);
  const after = readings(bench);
  const spent = (await countStatements(client)) - statements;
  const tookMs =
    Math.max(...times.map((one) => one.endedMs)) - Math.min(...times.map((one) => one.startedMs));
  // What the bench itself ran to ask for them: three statements each.
  const own = flows * 3;
  return {
    workers: workers.length,
    flowsPerSecond: (flows / tookMs) * 1000,
    statementsPerFlow: (spent - own) / flows,
    workerMs: cpuMicros(before.workers, after.workers) / 1000 / flows,
    postgresMs: cpuMicros(before.postgres, after.postgres) / 1000 / flows,
    rssBytes: Math.max(...workers.map((worker) => memoryOf(worker.pid).rssBytes)),
  };
}

/** One after the other at a steady pace that the workers bear: how long each waits, and takes. */
export async function latency(bench: Bench, perSecond: number, flows: number): Promise<Latency> {
  const { client, workers } = bench;
  const ids: string[] = [];
  const beginMs = performance.now();
  for (let index = 0; index < flows; index++) {
    await delay(Math.max(0, beginMs + (index * 1000) / perSecond - performance.now()));
    ids.push(...(await requestCreates(client, 1)));
  }
  const times = await timesOf(client, ids);
  return {
    workers: workers.length,
    askedPerSecond: perSecond,
    startMs: percentiles(times, (one) => one.startedMs - one.enqueuedMs),
    endMs: percentiles(times, (one) => one.endedMs - one.enqueuedMs),
  };
}

/** Statements a second of workers that have nothing to do. */
export async function idleStatements({ client }: Bench, forMs: number): Promise<number> {
  const before = await countStatements(client);
  await delay(forMs);
  return ((await countStatements(client)) - before) / (forMs / 1000);
}

function readings({ workers, postgresPid }: Bench): {
  readonly workers: ThreadTimes;
  readonly postgres: ThreadTimes;
} {
  return {
    workers: threadTimes(workers.map((worker) => worker.pid)),
    postgres: threadTimes(family(postgresPid)),
  };
}

function percentiles(times: readonly FlowTimes[], of: (one: FlowTimes) => number): Percentiles {
  const sorted = times.map(of).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
