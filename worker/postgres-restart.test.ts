import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import { type Database, openDatabase } from '#core/db/pool.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { ENGINE_APPLICATION, enqueue, FAILOVER_QUEUE, FLOW_QUEUE } from '#core/queue/enqueue.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { Faults } from '#drivers/noop/faults.ts';
import { PrivatePostgres } from '../deploy/one-box/private-postgres.ts';
import type { Engine } from './engine/engine.ts';
import { flowEngine } from './flow-engine.ts';
import { memoryCloud, noopWorld, silentLogger } from './testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from './testing/rows.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 60_000;

let folder: string;
let postgres: PrivatePostgres;
let database: Database;
let engine: Engine<World>;
const faults = new Faults();
const cloud = memoryCloud();
const undone: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-restart-'));
  postgres = new PrivatePostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    isDurable: true,
  });
  await postgres.start();
  await postgres.createDatabase('octavia');
  const databaseUrl = postgres.url('octavia');
  database = openDatabase(
    { connection: databaseUrl, poolSizeMax: 5, poolTimeoutMs: 2000, applicationName: 'test' },
    () => {},
  );
  await migrate(database, new URL('../core/db/migrations/', import.meta.url));
  const logger = { ...silentLogger, child: (fields: object) => noteUndos(fields) };
  engine = flowEngine(noopWorld({ database, cloud, faults, clock: systemClock, logger }), {
    databaseUrl,
    application: ENGINE_APPLICATION,
    queues: [
      { name: FLOW_QUEUE, concurrency: 5 },
      { name: FAILOVER_QUEUE, concurrency: 5 },
    ],
    drainMs: 2000,
    registry: new Registry(),
  });
  await engine.start();
});
afterAll(async () => {
  await engine.stop();
  await database.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

function noteUndos(fields: object): typeof silentLogger {
  const step = 'step' in fields ? String(fields.step) : '';
  if (step.startsWith('undo')) undone.push(step);
  return { ...silentLogger, child: noteUndos };
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function settled({ loadBalancerId }: Family): Promise<string> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    const found = await loadBalancers.find(database, loadBalancerId).catch(() => null);
    if (found && !found.provisioningStatus.startsWith('PENDING')) return found.provisioningStatus;
    await delay(50);
  }
  throw new Error(`still pending after ${PATIENCE_MS} ms`);
}

test.each(['SIGKILL', 'orderly'] as const)(
  'a flow under way survives a restart of PostgreSQL (%s) without an undo',
  async (end) => {
    const family = newFamily();
    const call = faults.callsOf('amphora.plugVip') + 1;
    faults.plan('amphora.plugVip', { kind: 'stall', durationMs: 1500 }, call);
    await transaction(database, async (tx) => {
      await insertFamily(tx, family, 'PENDING_CREATE');
      const { loadBalancerId } = family;
      await enqueue(tx, 'load-balancer-create', { loadBalancerId }, { requestId: 'req-1' });
    });
    while (faults.callsOf('amphora.plugVip') < call) await delay(20);
    if (end === 'SIGKILL' && postgres.pid) process.kill(postgres.pid, 'SIGKILL');
    await postgres.stop();
    await delay(2000);
    await postgres.start();
    expect(await settled(family)).toBe('ACTIVE');
    expect(undone).toEqual([]);
    const machines = await cloud.machines.all();
    const ports = await cloud.ports.all();
    const own = machines.filter((machine) => machine.portIds.length > 0);
    expect([own.length, ports.length]).toEqual([machines.length, 2 * machines.length]);
  },
);

test('the engine is ready again after the restarts', async () => {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (engine.problem !== null && performance.now() < deadlineMs) await delay(50);
  expect(engine.problem).toBeNull();
});
