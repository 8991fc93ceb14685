import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { HeartbeatReader } from '#core/heartbeat/heartbeat-reader.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import type { Heartbeat } from '#core/heartbeat/message.ts';

const CAUGHT_MAX = 10_000;

/** In place of a health manager: keeps every heartbeat that is signed as it should be. */
export class HeartbeatCatcher {
  readonly key = 'test-key';
  readonly nextKey = 'next-test-key';
  readonly caught: Heartbeat[] = [];
  /** Whether the last one was signed with `nextKey`. */
  isNextKey = false;
  /** Of the agents that sent them. */
  readonly epochs = new Set<number>();
  readonly #reader = new HeartbeatReader([this.key, this.nextKey].map(heartbeatKey));
  readonly #socket: Socket = createSocket('udp4');

  get port(): number {
    return this.#socket.address().port;
  }

  async open(): Promise<void> {
    this.#socket.on('message', (datagram) => {
      const isRead = this.#reader.read(datagram) === 'heartbeat';
      if (!isRead || this.caught.length >= CAUGHT_MAX) return;
      this.caught.push(this.#reader.view.heartbeat());
      this.isNextKey = this.#reader.keyPlace === 1;
      this.epochs.add(this.#reader.view.epoch);
    });
    this.#socket.bind(0);
    await once(this.#socket, 'listening');
  }

  close(): void {
    this.#socket.close();
  }

  /** The next one that is as wanted; null when none comes in time. */
  async next(
    isWanted: (heartbeat: Heartbeat) => boolean,
    timeoutMs: number,
  ): Promise<Heartbeat | null> {
    const from = this.caught.length;
    const endMs = performance.now() + timeoutMs;
    while (performance.now() < endMs) {
      const found = this.caught.slice(from).find(isWanted);
      if (found) return found;
      await delay(10);
    }
    return null;
  }
}
