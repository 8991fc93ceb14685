import { counterOf, recordOf, textOf, uuidOf, WrongField, wholeOf } from './field.ts';
import type {
  Heartbeat,
  HeartbeatDecoded,
  ListenerReport,
  MalformedReason,
  PoolReport,
} from './message.ts';

/** From this version on pools stand at the top, and one more on counters are increments. */
const VERSION_POOLS_ON_TOP = 2;
const VERSION_DELTAS = 3;
/** A heartbeat nests 5 deep. Deeper than this is nobody's heartbeat. */
const DEPTH_MAX = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the JSON of Octavia's heartbeat, versions 0 (no `ver`) to 3; a later one is read as 3. Unknown fields are
 * ignored, a doubled key counts with its last value, everything else must be as it should be.
 * @returns never throws
 * @see octavia/amphorae/backends/health_daemon/health_daemon.py
 */
export function decodeOctaviaHeartbeat(payload: Buffer): HeartbeatDecoded {
  const parsed = parse(payload);
  if (typeof parsed === 'string') return { kind: 'malformed', reason: parsed };
  const { root } = parsed;
  if (typeof root !== 'object' || root === null || Array.isArray(root))
    return { kind: 'malformed', reason: 'not-object' };
  try {
    return { kind: 'heartbeat', heartbeat: heartbeatOf(recordOf(root)) };
  } catch (error) {
    if (error instanceof WrongField) return { kind: 'malformed', reason: 'schema' };
    throw error;
  }
}

function parse(payload: Buffer): { readonly root: unknown } | MalformedReason {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return 'utf8';
  }
  if (isTooDeep(payload)) return 'json';
  try {
    return { root: hasLongNumber(payload) ? JSON.parse(text, keepPrecision) : JSON.parse(text) };
  } catch {
    return 'json';
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Brackets open at one time, outside of strings; `[`, `{` and `]`, `}` differ from each other by one bit. */
function isTooDeep(payload: Buffer): boolean {
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < payload.length; index++) {
    const byte = payload[index] as number;
    if (isInText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) isInText = false;
      continue;
    }
    if (byte === QUOTE) isInText = true;
    else if ((byte | 0x20) === 0x7b && ++depth > DEPTH_MAX) return true;
    else if ((byte | 0x20) === 0x7d) depth--;
  }
  return false;
}

const LONG_NUMBER_DIGITS = 16;

/** 16 digits in a row: a number above 2^53 may be among them. */
function hasLongNumber(payload: Buffer): boolean {
  let digits = 0;
  for (const byte of payload) {
    digits = byte >= 0x30 && byte <= 0x39 ? digits + 1 : 0;
    if (digits >= LONG_NUMBER_DIGITS) return true;
  }
  return false;
}

function keepPrecision(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isLong = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  const isWhole = context?.source !== undefined && /^-?\d{1,40}$/.test(context.source);
  return isLong && isWhole ? BigInt(context?.source ?? 0) : value;
}

function heartbeatOf(root: Readonly<Record<string, unknown>>): Heartbeat {
  const version = root.ver === undefined ? 0 : wholeOf(root.ver);
  const listeners = Object.entries(recordOf(root.listeners)).map(
    ([id, value]) => [id, recordOf(value)] as const,
  );
  return {
    amphoraId: uuidOf(root.id),
    sequence: root.seq === undefined ? null : wholeOf(root.seq),
    version,
    hasDeltas: version >= VERSION_DELTAS,
    listeners: new Map(listeners.map(([id, listener]) => [id, listenerOf(listener)])),
    pools:
      version >= VERSION_POOLS_ON_TOP
        ? Object.entries(recordOf(root.pools)).map(([key, pool]) => poolOnTop(key, pool))
        : listeners.flatMap(([id, listener]) => poolsWithin(id, listener)),
  };
}

function listenerOf(listener: Readonly<Record<string, unknown>>): ListenerReport {
  const counters = recordOf(listener.stats);
  return {
    status: textOf(listener.status),
    rxBytes: counterOf(counters.rx),
    txBytes: counterOf(counters.tx),
    activeConnections: counterOf(counters.conns),
    totalConnections: counterOf(counters.totconns),
    requestErrors: counterOf(counters.ereq),
  };
}

function poolOnTop(key: string, pool: unknown): PoolReport {
  const colon = key.lastIndexOf(':');
  return colon < 0
    ? poolOf(key, null, pool)
    : poolOf(key.slice(0, colon), key.slice(colon + 1), pool);
}

function poolsWithin(
  listenerId: string,
  listener: Readonly<Record<string, unknown>>,
): readonly PoolReport[] {
  return Object.entries(recordOf(listener.pools)).map(([id, pool]) => poolOf(id, listenerId, pool));
}

function poolOf(poolId: string, listenerId: string | null, value: unknown): PoolReport {
  const pool = recordOf(value);
  const members = Object.entries(recordOf(pool.members));
  return {
    poolId,
    listenerId,
    status: textOf(pool.status),
    members: new Map(members.map(([id, status]) => [id, textOf(status)])),
  };
}
