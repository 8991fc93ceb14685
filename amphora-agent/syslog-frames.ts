export interface SyslogMessage {
  /** By RFC 5424, as it came. */
  readonly raw: Buffer;
  readonly facility: number;
  readonly severity: number;
  readonly time: string;
  readonly appName: string;
  readonly text: string;
}

const FRAME_BYTES_MAX = 16 * 1024;
const LENGTH_DIGITS_MAX = 5;
const MESSAGE = /^<(\d{1,3})>1 (\S+) \S+ (\S+) \S+ \S+ (?:-|\[.*?\]) ?(.*)$/s;

/** Cuts a stream of octet-counted messages (RFC 6587) into them. */
export class SyslogFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns null when this is not such a stream: nothing that follows can be understood */
  push(chunk: Buffer): readonly SyslogMessage[] | null {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: SyslogMessage[] = [];
    for (;;) {
      const blank = this.#rest.indexOf(' ');
      if (blank === -1) return this.#rest.length > LENGTH_DIGITS_MAX ? null : messages;
      const length = Number(this.#rest.toString('latin1', 0, blank));
      if (!Number.isInteger(length) || length < 1 || length > FRAME_BYTES_MAX) return null;
      const end = blank + 1 + length;
      if (this.#rest.length < end) return messages;
      const message = messageOf(this.#rest.subarray(blank + 1, end));
      if (message !== null) messages.push(message);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

function messageOf(raw: Buffer): SyslogMessage | null {
  const [, priority, time, appName, text] = MESSAGE.exec(raw.toString('utf8')) ?? [];
  if (time === undefined || appName === undefined || text === undefined) return null;
  const [facility, severity] = [Math.trunc(Number(priority) / 8), Number(priority) % 8];
  return { raw, facility, severity, time, appName, text };
}
