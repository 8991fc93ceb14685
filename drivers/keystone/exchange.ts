import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { DriverFailure } from '#core/domain/errors.ts';
import type { KeystoneOptions } from './options.ts';

export interface KeystoneRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v3`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface KeystoneAnswer {
  readonly status: number;
  readonly token: string | null;
  readonly json: unknown;
}

/** The way to Keystone: a bounded number of connections, kept open. */
export interface Exchange {
  /**
   * Asks once, and again while nobody answers.
   * @param signal ends waiting and repetitions
   * @throws DriverFailure retryable when Keystone gave no answer, or one that says it cannot
   */
  ask(request: KeystoneRequest, signal: AbortSignal): Promise<KeystoneAnswer>;
  close(): Promise<void>;
}

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const FIRST_PAUSE_MS = 100;

/** @throws DriverFailure permanent when a PEM file cannot be read */
export function openExchange(options: KeystoneOptions): Exchange {
  const { origin, prefix } = addressOf(options.authUrl);
  const pool = new Pool(origin, {
    connections: options.exchangesMax,
    pipelining: 1,
    connectTimeout: options.connectTimeoutSeconds * 1000,
    maxResponseSize: ANSWER_BYTES_MAX,
    connect: { ...tlsOf(options) },
  });
  return {
    ask: (request, signal) => {
      const what = `Keystone at ${origin}${prefix}: ${request.method} ${request.path}`;
      return repeated(what, options, signal, () => send(pool, prefix, request, signal));
    },
    close: () => pool.destroy(),
  };
}

function addressOf(authUrl: string): { readonly origin: string; readonly prefix: string } {
  const { origin, pathname } = new URL(authUrl);
  return { origin, prefix: `${pathname.replace(/(\/v3)?\/*$/, '')}/v3` };
}

function tlsOf({ cafile, certfile, keyfile, isInsecure }: KeystoneOptions): object {
  return {
    ...(cafile === null ? {} : { ca: readPem(cafile, 'cafile') }),
    ...(certfile === null ? {} : { cert: readPem(certfile, 'certfile') }),
    ...(keyfile === null ? {} : { key: readPem(keyfile, 'keyfile') }),
    ...(isInsecure ? { rejectUnauthorized: false } : {}),
  };
}

function readPem(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const what = `${path} cannot be read; [keystone_authtoken] ${option} must name a PEM file that this process may read`;
    throw new DriverFailure(what, { retryable: false, cause: error });
  }
}

type Outcome =
  | { readonly kind: 'answered'; readonly answer: KeystoneAnswer }
  | { readonly kind: 'no-answer'; readonly cause: unknown };

async function repeated(
  what: string,
  { retriesMax, clock }: KeystoneOptions,
  signal: AbortSignal,
  attempt: () => Promise<KeystoneAnswer>,
): Promise<KeystoneAnswer> {
  for (let attempts = 1; ; attempts++) {
    const outcome = await outcomeOf(attempt);
    if (outcome.kind === 'answered') return outcome.answer;
    const failure = noAnswer(what, attempts, outcome.cause);
    if (attempts > retriesMax || signal.aborted) throw failure;
    await clock.sleep(FIRST_PAUSE_MS * 2 ** (attempts - 1), signal).catch(() => {
      throw failure;
    });
  }
}

async function outcomeOf(attempt: () => Promise<KeystoneAnswer>): Promise<Outcome> {
  try {
    const answer = await attempt();
    return answer.status < 500
      ? { kind: 'answered', answer }
      : { kind: 'no-answer', cause: new Error(`it answered ${answer.status}`) };
  } catch (error) {
    return { kind: 'no-answer', cause: error };
  }
}

async function send(
  pool: Pool,
  prefix: string,
  { method, path, headers, body }: KeystoneRequest,
  signal: AbortSignal,
): Promise<KeystoneAnswer> {
  const response = await pool.request({
    method,
    path: `${prefix}${path}`,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal,
  });
  const token = response.headers['x-subject-token'];
  const text = await response.body.text();
  return {
    status: response.statusCode,
    token: typeof token === 'string' ? token : null,
    json: parsed(text),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function noAnswer(what: string, attempts: number, cause: unknown): DriverFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  const text = `${what}: no usable answer in ${attempts} attempts: ${why}`;
  return new DriverFailure(text, { retryable: true, cause });
}
