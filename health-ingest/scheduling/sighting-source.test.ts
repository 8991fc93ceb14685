import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { PrivateRedis } from '../../deploy/one-box/private-redis.ts';
import { heartbeatKeys } from '../exchange/heartbeat-keys.ts';
import { RedisClock } from '../exchange/redis-clock.ts';
import { packSightings } from '../exchange/sighting-codec.ts';
import { freePort } from '../testing/health-manager.ts';
import { SightingBoard } from './sighting-board.ts';
import { SightingIntake } from './sighting-intake.ts';
import { RedisSightingSource } from './sighting-source.ts';

const keys = heartbeatKeys('test');

let server: PrivateRedis;
let folder: string;
let redis: Redis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-sightings-'));
  server = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await server.start();
  redis = new Redis(server.url);
});
beforeEach(async () => {
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function source(): RedisSightingSource {
  return new RedisSightingSource({
    redis,
    redisClock: new RedisClock(systemClock),
    keys,
    clock: systemClock,
    logger: openLogger({ service: 'test', isDebug: false, format: 'json' }),
  });
}

async function append(number: number, id = '*'): Promise<void> {
  const ids = Uint32Array.of(number, 0, 0, 1);
  const body = packSightings({ thread: '0123456789abcdef', number, ageMs: 5, ids });
  await redis.xadd(keys.sightings, id, 'id', String(number), 'body', body);
}

async function numbers(from: RedisSightingSource): Promise<readonly number[]> {
  return (await from.read()).batches.map(({ number }) => number);
}

test('what comes in after the start is read once, in order, and what lay there before is not', async () => {
  await append(0);
  const reader = source();
  expect(await reader.read()).toMatchObject({ batches: [], isLost: false, isBehind: false });
  await append(1);
  await append(2);
  const { batches } = await reader.read();
  expect(batches.map(({ number }) => number)).toEqual([1, 2]);
  expect(batches[0]).toMatchObject({ thread: '0123456789abcdef', ageMs: 5 });
  expect(batches[0]?.ids).toEqual(Uint32Array.of(1, 0, 0, 1));
  expect(await numbers(reader)).toEqual([]);
});

test('a stream that is not there yet is no loss, and one that is emptied is', async () => {
  const reader = source();
  expect(await reader.read()).toMatchObject({ isLost: false });
  await append(0);
  expect(await numbers(reader)).toEqual([0]);
  await redis.flushall();
  expect(await reader.read()).toMatchObject({ isLost: true });
  await append(1);
  expect(await reader.read()).toMatchObject({ isLost: false });
});

test('a stream whose end is missing, as after the failover to a replica, is noticed although it has grown since', async () => {
  await append(0);
  const reader = source();
  await reader.read();
  await append(1);
  await reader.read();
  const [last] = await redis.xrevrange(keys.sightings, '+', '-', 'COUNT', 1);
  await redis.xdel(keys.sightings, last?.[0] ?? '');
  await append(2);
  expect(await reader.read()).toMatchObject({ isLost: true });
  await append(3);
  expect(await numbers(reader)).toEqual([3]);
});

test('a stream that was trimmed past the last entry read is noticed', async () => {
  const reader = source();
  await append(0);
  await reader.read();
  for (let number = 1; number < 5; number++) await append(number);
  await redis.xtrim(keys.sightings, 'MAXLEN', 2);
  expect(await reader.read()).toMatchObject({ isLost: true });
});

test('a backlog is read to its end, and one that has none is said to be behind', async () => {
  const reader = source();
  await reader.read();
  const pipeline = redis.pipeline();
  const ids = Uint32Array.of(1, 0, 0, 1);
  for (let number = 0; number < 6000; number++)
    pipeline.xadd(
      keys.sightings,
      '*',
      'body',
      packSightings({ thread: '0123456789abcdef', number, ageMs: 0, ids }),
    );
  await pipeline.exec();
  const first = await reader.read();
  expect(first.isBehind).toBe(true);
  const second = await reader.read();
  expect(second.isBehind).toBe(false);
  expect([...first.batches, ...second.batches].map(({ number }) => number)).toEqual(
    Array.from({ length: 6000 }, (_, number) => number),
  );
});

test('an entry that cannot be read is a loss, and those after it are read', async () => {
  const reader = source();
  await reader.read();
  await redis.xadd(keys.sightings, '*', 'body', 'no sightings');
  await append(1);
  expect(await reader.read()).toMatchObject({ isLost: true });
  expect(await numbers(reader)).toEqual([1]);
});

test('an entry that a clock set forward has dated ahead is as if it had come just now', async () => {
  const reader = source();
  await reader.read();
  await append(0, `${Date.now() + 3_600_000}-0`);
  await append(1);
  expect((await reader.read()).batches.map(({ agoMs }) => agoMs)).toEqual([0, 0]);
});

test('of amphorae that went while they carried the wrong listeners nothing stays behind', async () => {
  const [expected, gone] = ['1', '2'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
  for (const id of [expected, gone]) await redis.zadd(keys.mismatch, 1, String(id));
  const board = new SightingBoard({ idsMax: 10, forgetAfterMs: 1e6, isSilenceSuspect: true });
  board.expect({ id: String(expected), zone: null, isStopped: false }, 0);
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs };
  const intake = new SightingIntake({ source: source(), board, clock, heartbeatTimeoutMs: 1000 });
  await intake.take(true);
  nowMs = 1000;
  await intake.take(true);
  expect(await redis.zcard(keys.mismatch)).toBe(2);
  nowMs = 1001;
  await intake.take(true);
  expect(await redis.zrange(keys.mismatch, 0, '-1')).toEqual([expected]);
});

test('amphorae that do not carry what they should are named until they are forgotten', async () => {
  const id = '00000000-0000-4000-8000-000000000001';
  await redis.zadd(keys.mismatch, 1, id);
  const reader = source();
  expect((await reader.read()).mismatched).toEqual([id]);
  await reader.forgetMismatched([id]);
  expect((await reader.read()).mismatched).toEqual([]);
});
