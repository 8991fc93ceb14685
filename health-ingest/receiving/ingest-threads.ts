import { getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { allocateAmphorae } from './amphora-memory.ts';
import { kernelDrops } from './kernel-drops.ts';
import type { FromThread, ThreadFigures, ThreadOptions, ToThread } from './thread-messages.ts';

export interface IngestThreadsOptions {
  readonly count: number;
  readonly thread: Omit<ThreadOptions, 'isShared' | 'thread' | 'memory'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A thread's totals, a few times a second. */
  figures(thread: number, figures: ThreadFigures): void;
  /** A thread ended by itself: an invariant is broken, and half of the heartbeats would go unheard. */
  died(cause: Error): void;
}

const DROPS_INTERVAL_MS = 1000;
/**
 * Niceness of the thread that we run on, once the others have begun with theirs: where cores are short, what is written a
 * moment later costs nothing, and a datagram that finds the socket full is lost.
 */
const OWN_NICENESS = 5;
/**
 * Of the datagrams that came, the part dropped by the kernel from which all managers are told. Less than that hides nobody:
 * an amphora would have to lose all its heartbeats of a whole timeout.
 */
const MISSED_SHARE = 0.01;

interface Running {
  readonly worker: Worker;
  heardAtMs: number;
  lagMs: number;
  loopDelayMs: number;
  /** Datagrams that it took from its socket. */
  received: number;
  readonly stopped: Promise<void>;
}

/** The receiving threads, a socket each on the same port. */
export class IngestThreads implements Service {
  readonly name = 'ingest threads';
  readonly #options: IngestThreadsOptions;
  #running: Running[] = [];
  #port = 0;
  #drops: { timer: NodeJS.Timeout; dropped: number; received: number } | null = null;
  #isListening = false;
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

  /** Whether all threads hear heartbeats. */
  get isListening(): boolean {
    return this.#isListening;
  }

  async start(): Promise<void> {
    if (this.#running.length > 0) return;
    const { count, thread, logger } = this.#options;
    this.#port = thread.port;
    const memory = allocateAmphorae(thread.amphoraeMax);
    for (let index = 0; index < count; index++) await this.#startOne(index, memory);
    const timer = setInterval(() => this.#watchDrops(), DROPS_INTERVAL_MS);
    this.#drops = { timer, dropped: 0, received: 0 };
    this.#isListening = true;
    // Linux keeps it for each thread, and 0 is the one that asks. Back from a higher one only root could go.
    if (getPriority(0) < OWN_NICENESS) setPriority(0, OWN_NICENESS);
    logger.info({ host: thread.host, port: this.#port, threads: count }, 'receiving heartbeats');
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#isListening = false;
    if (this.#drops) clearInterval(this.#drops.timer);
    this.#tell({ kind: 'stop' });
    const running = this.#running;
    this.#running = [];
    await Promise.all(running.map(({ stopped }) => stopped));
  }

  /** Has the next report of some amphorae, or of all, sent in full. One thread is told: what is remembered is theirs together. @param ids 4 words each */
  ask(ids: Uint32Array | 'all'): void {
    this.#tell({ kind: 'ask', ids }, this.#running.slice(0, 1));
  }

  /** The other managers read our sightings and not our socket: they must know that some are missing. */
  #watchDrops(): void {
    if (!this.#drops) return;
    const dropped = kernelDrops(this.#port);
    const received = this.#running.reduce((total, thread) => total + thread.received, 0);
    const droppedNow = dropped - this.#drops.dropped;
    const cameNow = droppedNow + received - this.#drops.received;
    this.#drops.dropped = dropped;
    this.#drops.received = received;
    if (droppedNow > cameNow * MISSED_SHARE) this.#tell({ kind: 'missed' });
  }

  #tell(message: ToThread, threads = this.#running): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    for (const { worker } of threads) worker.postMessage(message);
  }

  async #startOne(index: number, memory: SharedArrayBuffer): Promise<void> {
    const { count, thread, clock } = this.#options;
    const options: ThreadOptions = {
      ...thread,
      thread: index,
      memory,
      port: this.#port,
      isShared: count > 1,
    };
    const worker = new Worker(new URL('./ingest-thread.ts', import.meta.url), {
      workerData: options,
    });
    const stopped = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const heardAtMs = clock.monotonicMs();
    const running: Running = { worker, heardAtMs, lagMs: 0, loopDelayMs: 0, received: 0, stopped };
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
            running.received = receivedIn(message);
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

function receivedIn({ accepted, dropped }: ThreadFigures): number {
  return [...accepted, ...dropped].reduce((total, [, count]) => total + count, 0);
}
