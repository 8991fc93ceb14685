import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HeartbeatReader } from './heartbeat-reader.ts';
import { heartbeatKey } from './key.ts';
import type { Heartbeat } from './message.ts';
import { textOf } from './uuid-words.ts';

/** Datagrams as the original makes, accepts and refuses them. */
interface Envelope {
  readonly file: string;
  readonly key: string;
  readonly note: string;
  readonly expect: 'accept' | 'reject';
  readonly reject?: string;
  readonly decoded?: Message;
}
interface Message {
  readonly id: string;
  readonly seq?: number;
  readonly ver?: number;
  readonly listeners: Record<string, { status: string; stats: Stats; pools?: Pools }>;
  readonly pools?: Pools;
}
type Stats = Record<'rx' | 'tx' | 'conns' | 'totconns' | 'ereq', number>;
type Pools = Record<string, { status: string; members: Record<string, string> }>;

const folder = new URL('testdata/', import.meta.url);
const keepPrecision = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && value > Number.MAX_SAFE_INTEGER
    ? BigInt(context?.source ?? 0)
    : value;
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'), keepPrecision) as {
  readonly envelopes: readonly Envelope[];
};
const accepted = index.envelopes.filter((envelope) => envelope.expect === 'accept');
const refused = index.envelopes.filter((envelope) => envelope.expect === 'reject');

/** The stage of the original's at which each of our reasons arises. */
const STAGE: Readonly<Record<string, string>> = {
  'too-short': 'hmac',
  'bad-hmac': 'hmac',
  'bad-zlib': 'inflate',
};

test('the golden data is all there', () => {
  expect([accepted.length, refused.length]).toEqual([29, 48]);
});

test.each(accepted)('$file is read as the original reads it: $note', (envelope) => {
  const { outcome, reader } = read(envelope);
  expect(outcome).toBe('heartbeat');
  const message = expected(envelope.decoded as Message);
  expect(reader.view.heartbeat()).toEqual(message);
  expect(textOf(reader.view.id)).toBe(message.amphoraId);
  expect(reader.view.listenerCount).toBe(message.listeners.size);
});

test.each(refused)('$file is refused: $note', (envelope) => {
  const { outcome } = read(envelope);
  expect(STAGE[outcome] ?? outcome).toBe(envelope.reject);
});

function read(envelope: Envelope) {
  const reader = new HeartbeatReader([heartbeatKey(envelope.key)]);
  return { outcome: reader.read(readFileSync(new URL(envelope.file, folder))), reader };
}

function expected(message: Message): Heartbeat {
  const version = message.ver ?? 0;
  const nested = Object.entries(message.listeners).flatMap(([id, listener]) =>
    Object.entries(listener.pools ?? {}).map(
      ([poolId, pool]) => [`${poolId}:${id}`, pool] as const,
    ),
  );
  const pools = version >= 2 ? Object.entries(message.pools ?? {}) : nested;
  return {
    amphoraId: message.id,
    sequence: message.seq ?? null,
    version,
    hasDeltas: version >= 3,
    listeners: new Map(
      Object.entries(message.listeners).map(([id, { status, stats }]) => [
        id,
        {
          status,
          rxBytes: stats.rx,
          txBytes: stats.tx,
          activeConnections: stats.conns,
          totalConnections: stats.totconns,
          requestErrors: stats.ereq,
        },
      ]),
    ),
    pools: pools.map(([key, pool]) => {
      const [poolId = '', listenerId = null] = key.split(':');
      return {
        poolId,
        listenerId,
        status: pool.status,
        members: new Map(Object.entries(pool.members)),
      };
    }),
  };
}
