import { Worker } from 'node:worker_threads';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import type { FromThread, ThreadFigures, ThreadOptions, ToThread } from './thread-messages.ts';

export interface IngestThreadsOptions {
  readonly count: number;
  readonly thread: Omit<ThreadOptions, 'isShared'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A thread's totals, a few times a second. */
  figures(thread: number, figures: ThreadFigures): void;
  /** A thread ended by itself: an invariant is broken, and half of the heartbeats would go unheard. */
  died(cause: Error): void;
}

interface Running {
  readonly worker: Worker;
  heardAtMs: number;
  lagMs: number;
  loopDelayMs: number;
  readonly stopped: Promise<void>;
}

/** The receiving threads, a socket each on the same port. */
export class IngestThreads implements Service {
  readonly name = 'ingest threads';
  readonly #options: IngestThreadsOptions;
  #running: Running[] = [];
  #port = 0;
  #isStopping = false;
  #isBufferTold = false;

  constructor(options: IngestThreadsOptions) {
    this.#options = options;
  }

  /** The port that heartbeats arrive at, once started. */
  get port(): number {
    return this.#port;
  }

  /** Milliseconds that the slowest thread is behind: nothing heard from it, its event loop held up, or entries that wait for Redis. */
  get lagMs(): number {
    const now = this.#options.clock.monotonicMs();
    const lags = this.#running.map((thread) =>
      Math.max(now - thread.heardAtMs, thread.lagMs, thread.loopDelayMs),
    );
    return Math.max(...lags, 0);
  }

  async start(): Promise<void> {
    if (this.#running.length > 0) return;
    const { count, thread, logger } = this.#options;
    this.#port = thread.port;
    for (let index = 0; index < count; index++) await this.#startOne(index);
    logger.info({ host: thread.host, port: this.#port, threads: count }, 'receiving heartbeats');
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#tell({ kind: 'stop' });
    const running = this.#running;
    this.#running = [];
    await Promise.all(running.map(({ stopped }) => stopped));
  }

  /** Has the next report of some amphorae sent in full, whichever thread it comes to. @param ids 4 words each */
  ask(ids: Uint32Array): void {
    this.#tell({ kind: 'ask', ids });
  }

  #tell(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    for (const { worker } of this.#running) worker.postMessage(message);
  }

  async #startOne(index: number): Promise<void> {
    const { count, thread, clock } = this.#options;
    const options: ThreadOptions = { ...thread, port: this.#port, isShared: count > 1 };
    const worker = new Worker(new URL('./ingest-thread.ts', import.meta.url), {
      workerData: options,
    });
    const stopped = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const heardAtMs = clock.monotonicMs();
    const running: Running = { worker, heardAtMs, lagMs: 0, loopDelayMs: 0, stopped };
    this.#running.push(running);
    await new Promise<void>((resolve, reject) => {
      worker.once('error', (cause: Error) => {
        reject(cause);
        this.#options.died(cause);
      });
      worker.once('exit', (code) => {
        if (!this.#isStopping) this.#options.died(new Error(`thread ${index} ended with ${code}`));
      });
      worker.on('message', (message: FromThread) => {
        running.heardAtMs = clock.monotonicMs();
        switch (message.kind) {
          case 'listening':
            this.#port = message.port;
            this.#checkReceiveBuffer(message.receiveBufferBytes);
            return resolve();
          case 'refused':
            return reject(
              new Error(
                `cannot receive on ${options.host} port ${options.port}: ${message.reason}; give another [health_manager] bind_ip or bind_port`,
              ),
            );
          case 'figures':
            running.lagMs = message.lagMs;
            running.loopDelayMs = message.loopDelayMs;
            return this.#options.figures(index, message);
          case 'stopped':
            return;
        }
      });
    });
  }

  #checkReceiveBuffer(gotBytes: number): void {
    const wantedBytes = this.#options.thread.receiveBufferBytes;
    // The kernel reports twice what it was asked for, its own bookkeeping included.
    if (gotBytes >= wantedBytes * 2 || this.#isBufferTold) return;
    this.#isBufferTold = true;
    this.#options.logger.warn(
      { wanted_bytes: wantedBytes, got_bytes: gotBytes / 2 },
      `the kernel gave a smaller receive buffer than [health_manager] sock_rlimit asks for; set the sysctl net.core.rmem_max = ${wantedBytes}`,
    );
  }
}
