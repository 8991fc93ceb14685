import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild, endOf, hasEnded, orphanSignal, spawnChild } from './child-process.ts';

const START_TIMEOUT_MS = 10_000;

export interface PrivateRedisOptions {
  readonly dataDir: string;
  readonly port: number;
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
    return `redis://127.0.0.1:${this.#options.port}/0`;
  }

  async start(): Promise<void> {
    if (this.#child && !hasEnded(this.#child)) return;
    const { dataDir, port, onOutput } = this.#options;
    await mkdir(dataDir, { recursive: true });
    this.#child = spawnChild(
      [
        ...orphanSignal('TERM'),
        'redis-server',
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
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
