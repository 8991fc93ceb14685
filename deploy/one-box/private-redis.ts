import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild, endOf, hasEnded, orphanSignal, spawnChild } from './child-process.ts';

const START_TIMEOUT_MS = 10_000;

export interface PrivateRedisOptions {
  readonly dataDir: string;
  readonly port: number;
  /** Letters and digits. Absent: whoever is on this machine may connect. */
  readonly password?: string;
  readonly onOutput?: (line: string) => void;
}

/** A Redis of our own as a child process, on loopback. It keeps nothing on disk: heartbeats are soft state. */
export class PrivateRedis {
  readonly #options: PrivateRedisOptions;
  #child: ChildProcess | undefined;

  constructor(options: PrivateRedisOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get url(): string {
    const { port, password } = this.#options;
    return `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}/0`;
  }

  async start(): Promise<void> {
    if (this.#child && !hasEnded(this.#child)) return;
    const { dataDir, port, password, onOutput } = this.#options;
    await mkdir(dataDir, { recursive: true });
    // By a file: arguments are everybody's to read.
    const file = join(dataDir, 'redis.conf');
    await writeFile(file, password === undefined ? '' : `requirepass ${password}\n`, {
      mode: 0o600,
    });
    this.#child = spawnChild(
      [
        ...orphanSignal('TERM'),
        'redis-server',
        file,
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        dataDir,
        '--logfile',
        '',
      ],
      onOutput ? { onOutput } : {},
    );
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadline && !hasEnded(this.#child)) {
      if (await answersPing(port)) return;
      await delay(30);
    }
    throw new Error(`Redis did not come up on port ${port}; see its output above`);
  }

  /** Resolves when the server has ended, saying how. */
  async ended(): Promise<string> {
    return this.#child ? endOf(this.#child) : 'not started';
  }

  async stop(): Promise<void> {
    if (this.#child) await endChild(this.#child, 'SIGTERM', 5000);
    this.#child = undefined;
  }
}

async function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.setTimeout(500, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
