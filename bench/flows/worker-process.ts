import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../health-ingest/testing/health-manager.ts';
import { Child } from '../api/child.ts';
import { removeWithUs } from '../testbed/children.ts';

export interface WorkerOptions {
  readonly databaseUrl: string;
  /** Where it leaves a CPU profile when it ends. */
  readonly profileFolder?: string | undefined;
}

/** The worker as it is shipped, with noop drivers, a process of its own. */
export interface WorkerUnderTest {
  readonly pid: number;
  stop(): Promise<void>;
}

const START_MS_MAX = 30_000;
const START_LOOKS_MAX = 600;
const START_INTERVAL_MS = 50;

export async function startWorker(options: WorkerOptions): Promise<WorkerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-bench-worker-'));
  removeWithUs(folder);
  const port = await freePort();
  const file = join(folder, 'octavia.conf');
  await writeFile(file, configuration(options.databaseUrl, port));
  const { profileFolder } = options;
  const child = new Child(new URL('../../worker/main.ts', import.meta.url), 'worker', {
    args: ['--config-file', file],
    execArgv: profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [],
    answerMsMax: START_MS_MAX,
    isSilent: true,
  });
  const stop = async (): Promise<void> => {
    await child.stop('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(port);
    return { pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(databaseUrl: string, port: number): string {
  return [
    '[database]',
    `connection = ${databaseUrl}`,
    '[controller_worker]',
    'amphora_driver = amphora_noop_driver',
    'compute_driver = compute_noop_driver',
    'network_driver = network_noop_driver',
    '[telemetry]',
    `worker_port = ${port}`,
    '',
  ].join('\n');
}

async function untilReady(port: number): Promise<void> {
  for (let look = 0; look < START_LOOKS_MAX; look++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    await delay(START_INTERVAL_MS);
  }
  throw new Error('the worker did not become ready');
}
