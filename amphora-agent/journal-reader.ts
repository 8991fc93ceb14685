import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { syslogMessage } from './syslog-message.ts';
import type { SyslogTarget } from './syslog-target.ts';

export interface JournalReaderOptions {
  /** Not started here, and not stopped. */
  readonly target: SyslogTarget;
  readonly logger: Logger;
}

const FIELDS = 'PRIORITY,SYSLOG_FACILITY,SYSLOG_IDENTIFIER,_COMM,_TRANSPORT,MESSAGE';
const PROGRAM = [
  'journalctl',
  '--follow',
  '--lines=0',
  '--output=json',
  `--output-fields=${FIELDS}`,
];
const RESTART_DELAY_MS = 5000;
const STOP_TIMEOUT_MS = 2000;
const [KERNEL, DAEMON] = [0, 3];
const INFO = 6;

/** Sends on what the machine's journal takes in from now on: the kernel's lines, keepalived's, the agent's own. */
export class JournalReader implements Service {
  readonly name = 'journal reader';
  readonly #options: JournalReaderOptions;
  #child: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;

  constructor(options: JournalReaderOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#child === null && this.#restart === null) this.#launch();
  }

  async stop(): Promise<void> {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#restart = null;
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await once(child, 'close');
    clearTimeout(patience);
  }

  #launch(): void {
    const { logger, target } = this.#options;
    const [program = '', ...args] = PROGRAM;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = messageOf(line);
      if (message !== null) target.send(message);
    });
    child.once('error', (error) => logger.error({ error }, 'the journal cannot be read'));
    child.once('close', (code) => {
      if (this.#child !== child) return;
      this.#child = null;
      logger.error({ code }, 'the journal is no longer read, it will be again in 5 s');
      this.#restart = setTimeout(() => {
        this.#restart = null;
        this.#launch();
      }, RESTART_DELAY_MS).unref();
    });
  }
}

/** Null: not a line of text. */
function messageOf(line: string): Buffer | null {
  const entry = entryOf(line);
  const text = textOf(entry['MESSAGE']);
  if (text === null) return null;
  const isKernel = entry['_TRANSPORT'] === 'kernel';
  const micros = Number(entry['__REALTIME_TIMESTAMP']);
  return syslogMessage({
    facility: numberOf(entry['SYSLOG_FACILITY'], 23) ?? (isKernel ? KERNEL : DAEMON),
    severity: numberOf(entry['PRIORITY'], 7) ?? INFO,
    time: micros > 0 ? new Date(micros / 1000).toISOString() : '-',
    appName: textOf(entry['SYSLOG_IDENTIFIER']) ?? textOf(entry['_COMM']) ?? '-',
    text,
  });
}

function entryOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown, max: number): number | null {
  const number = Number(value ?? Number.NaN);
  return Number.isInteger(number) && number >= 0 && number <= max ? number : null;
}
