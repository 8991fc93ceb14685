import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

const PROGRAM = new URL('./udp-tenant.mjs', import.meta.url).pathname;
const ANSWER_TIMEOUT_MS = 5000;

export interface Asking {
  readonly from?: string;
  /** The same client each time; left out: another one each time. */
  readonly localPort?: number;
  readonly timeoutMs?: number;
}

/** UDP servers and clients of a tenant, in one process in one namespace. */
export class UdpTenant {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  #last: Promise<unknown> = Promise.resolve();

  constructor(namespace: string) {
    const command = [`--net=/run/netns/${namespace}`, process.execPath, PROGRAM];
    this.#child = spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no pipe');
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  /** A server that answers with its name. */
  async serve(address: string, port: number, name: string): Promise<void> {
    await this.#command('serve', address, port, name);
  }

  /** A web server that answers everything with one status. */
  async web(address: string, port: number, status: number): Promise<void> {
    await this.#command('web', address, port, status);
  }

  async end(port: number): Promise<void> {
    await this.#command('end', port);
  }

  /** The name of the server that answered; null when none did. */
  async ask(host: string, port: number, asking: Asking = {}): Promise<string | null> {
    return (await this.#answer(host, port, asking))?.[0] ?? null;
  }

  /** Whom the server saw asking. */
  async seenBy(host: string, port: number): Promise<string | undefined> {
    return (await this.#answer(host, port, {}))?.[1];
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #answer(host: string, port: number, asking: Asking): Promise<readonly string[] | null> {
    const { timeoutMs = ANSWER_TIMEOUT_MS, from, localPort } = asking;
    const answer = await this.#command('ask', host, port, timeoutMs, from, localPort);
    return typeof answer === 'string' ? answer.split(' ') : null;
  }

  /** One after the other: answers come in the order of the questions. */
  #command(...words: readonly unknown[]): Promise<unknown> {
    const answer = this.#last.then(
      () =>
        new Promise<unknown>((resolve, reject) => {
          if (this.#child.exitCode !== null) throw new Error('the tenant has ended');
          this.#child.once('exit', reject);
          this.#lines.once('line', (line) => {
            this.#child.removeListener('exit', reject);
            resolve(JSON.parse(line));
          });
          this.#child.stdin?.write(`${JSON.stringify(words)}\n`);
        }),
    );
    this.#last = answer.catch(() => {});
    return answer;
  }
}
