import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../health-ingest/testing/health-manager.ts';
import { removeWithUs } from '../testbed/children.ts';
import { Child } from './child.ts';
import type { Statement } from './replay/statement.ts';

export interface ApiOptions {
  readonly databaseUrl: string;
  /** Lines of `[api_settings]` and what follows: how callers are known. */
  readonly settings?: readonly string[];
  /** Told of every statement; makes it slower. */
  readonly onStatement?: (statement: Statement) => void;
  /** Where it leaves a CPU profile when it ends. */
  readonly profileFolder?: string | undefined;
}

/** The API as it is shipped, a process of its own. */
export interface ApiProcess {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export const POOL_SIZE_MAX = 10;
const START_MS_MAX = 15_000;
const START_LOOKS_MAX = 300;
const START_INTERVAL_MS = 50;

export async function startApi(options: ApiOptions): Promise<ApiProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-bench-api-'));
  removeWithUs(folder);
  const port = await freePort();
  const file = join(folder, 'octavia.conf');
  await writeFile(file, configuration(options, port));
  const { onStatement, profileFolder } = options;
  const child = new Child(new URL('../../api/main.ts', import.meta.url), 'API', {
    args: ['--config-file', file],
    execArgv: [
      ...(onStatement ? ['--import', new URL('./replay/record.ts', import.meta.url).href] : []),
      ...(profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []),
    ],
    answerMsMax: START_MS_MAX,
    isSilent: true,
  });
  if (onStatement) child.onMessage((message) => onStatement(message as Statement));
  const stop = async (): Promise<void> => {
    await child.stop('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(port);
    return { pid: child.pid, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(
  { databaseUrl, settings = ['auth_strategy = noauth'] }: ApiOptions,
  port: number,
): string {
  return [
    '[database]',
    `connection = ${databaseUrl}`,
    `max_pool_size = ${POOL_SIZE_MAX}`,
    '[controller_worker]',
    'network_driver = network_noop_driver',
    '[telemetry]',
    'api_port = 0',
    '[api_settings]',
    `bind_port = ${port}`,
    ...settings,
    '',
  ].join('\n');
}

async function untilListening(port: number): Promise<void> {
  for (let look = 0; look < START_LOOKS_MAX; look++) {
    if (await isListening(port)) return;
    await delay(START_INTERVAL_MS);
  }
  throw new Error(`the API does not listen on port ${port}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
