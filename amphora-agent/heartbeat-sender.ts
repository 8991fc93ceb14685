import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import type { AgentFigures, Counts } from './agent-figures.ts';
import type { Replacement } from './apply/haproxy-reload.ts';
import { WorkQueue } from './apply/work-queue.ts';
import type { LiveSettings } from './config.ts';
import type { Worker } from './haproxy-workers.ts';
import { beginEpoch } from './heartbeat-epoch.ts';
import {
  buildHeartbeat,
  lineToServing,
  noteWorker,
  putBack,
  type ReportContext,
} from './heartbeat-report.ts';
import { RetiredWorkers } from './retired-workers.ts';

interface Controller {
  readonly host: string;
  readonly port: number;
}

const WAITING_MAX = 64;

/**
 * Sends a heartbeat at once, then one each interval, each to the next controller of the list. A heartbeat that is
 * lost is not repeated: the next one comes soon, and nobody knows whether it was lost.
 */
export class HeartbeatSender implements Service {
  readonly name = 'heartbeats';
  readonly #report: ReportContext;
  readonly #settings: LiveSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #figures: AgentFigures;
  /** Two that count at once would count twice. */
  readonly #counting = new WorkQueue(WAITING_MAX);
  readonly #retired: RetiredWorkers;
  #sockets: { readonly 4: Socket; readonly 6: Socket } | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Of the process: a receiver tells by it a restart from a replay. */
  #epoch: number | null = null;
  #sequence = 0;
  #isSoonAsked = false;

  constructor(
    report: ReportContext,
    settings: LiveSettings,
    clock: Clock,
    logger: Logger,
    figures: AgentFigures,
  ) {
    this.#report = report;
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#figures = figures;
    this.#retired = new RetiredWorkers((worker) => this.#note(worker));
    settings.onChange(() => this.#beatAnew());
  }

  async start(): Promise<void> {
    if (this.#sockets !== null) return;
    this.#epoch ??= await beginEpoch(this.#report.paths.heartbeatEpoch, this.#clock, this.#logger);
    this.#sockets = { 4: this.#openSocket('udp4'), 6: this.#openSocket('udp6') };
    this.#beat();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#retired.stop();
    await this.#counting.idle();
    this.#sockets?.[4].close();
    this.#sockets?.[6].close();
    this.#sockets = null;
  }

  /** One heartbeat beside the regular ones; several asked for at once are one. */
  sendSoon(): void {
    if (this.#isSoonAsked || this.#sockets === null) return;
    this.#isSoonAsked = true;
    this.#enqueue(async () => {
      this.#isSoonAsked = false;
      await this.#send();
    });
  }

  /** Replaces a HAProxy so that all that its processes serve, each to its end, is counted once. */
  async whileReplacing(
    loadBalancerId: string,
    replace: () => Promise<Replacement>,
  ): Promise<Replacement> {
    const line = this.#retired.isFull ? null : await lineToServing(this.#report, loadBalancerId);
    let replacement: Replacement | null = null;
    try {
      replacement = await replace();
      return replacement;
    } finally {
      this.#figures.count('reloads', { outcome: outcomeOf(replacement) });
      if (replacement?.isReplaced) this.#retired.follow(line);
      else line?.close();
    }
  }

  /** Never rejects. */
  async #note(worker: Worker): Promise<void> {
    try {
      await this.#counting.run(() => noteWorker(this.#report, worker));
    } catch (error) {
      this.#logger.warn(
        { error, worker: worker.pid },
        'what a replaced worker counts is not noted',
      );
    }
  }

  #beat(): void {
    this.#enqueue(() => this.#send());
    const intervalMs = this.#settings.current.heartbeatIntervalSeconds * 1000;
    this.#timer = setTimeout(() => this.#beat(), intervalMs);
  }

  /** The interval may be another now: the one that runs is not waited for. */
  #beatAnew(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#beat();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#counting
      .run(work)
      .catch((error: unknown) => this.#logger.warn({ error }, 'heartbeat not sent'));
  }

  async #send(): Promise<void> {
    const { controllers, heartbeatKey: key, heartbeatWire: wire } = this.#settings.current;
    const targets = parseControllers(controllers);
    const target = targets[this.#sequence % targets.length];
    // Before anything is counted: what nobody is told must stay for the next one.
    if (target === undefined || this.#sockets === null || this.#epoch === null) return;
    const heartbeat = await buildHeartbeat(this.#report, this.#sequence);
    if (heartbeat === null) {
      this.#figures.count('heartbeats', { outcome: 'silent' });
      this.#logger.warn({}, 'no heartbeat: keepalived is configured and does not run');
      return;
    }
    this.#sequence++;
    const signing = { wire, key: heartbeatKey(key), epoch: this.#epoch };
    const datagram = encodeDatagram(heartbeat, signing);
    const socket = this.#sockets[isIPv6(target.host) ? 6 : 4];
    socket.send(datagram, target.port, target.host, (error) => {
      this.#figures.count('heartbeats', { outcome: error ? 'failed' : 'sent' });
      if (!error) this.#figures.lastHeartbeatMs = this.#clock.monotonicMs();
      const { host, port } = target;
      const line = { error, controller: host, port, bytes: datagram.length };
      if (!error) return;
      this.#logger.warn(line, 'heartbeat not sent');
      this.#enqueue(() => putBack(this.#report, heartbeat));
    });
  }

  /** Kept open, so that a firewall or a controller sees one flow an amphora. */
  #openSocket(type: 'udp4' | 'udp6'): Socket {
    const socket = createSocket(type);
    socket.on('error', (error) => this.#logger.debug({ error, type }, 'heartbeat socket'));
    return socket;
  }
}

function outcomeOf(replacement: Replacement | null): Counts['reloads']['outcome'] {
  if (replacement === null) return 'failed';
  return replacement.isReplaced ? 'replaced' : 'kept';
}

/** `host:port` or `[v6]:port`; like Octavia's agent, what follows a malformed entry is not read. */
export function parseControllers(entries: readonly string[]): readonly Controller[] {
  const parsed = entries.map((entry) => {
    const colon = entry.lastIndexOf(':');
    const host = entry.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    const port = Number(entry.slice(colon + 1));
    return colon > 0 && host !== '' && Number.isInteger(port) && port > 0 && port < 65_536
      ? { host, port }
      : null;
  });
  const firstBad = parsed.indexOf(null);
  const good = firstBad === -1 ? parsed : parsed.slice(0, firstBad);
  return good.filter((each) => each !== null);
}
