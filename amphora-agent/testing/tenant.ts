import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestMachine } from './machine.ts';

export interface LoadFigures {
  readonly ok: number;
  readonly failed: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface WatchFigures {
  readonly ok: number;
  readonly failed: number;
  /** The longest time without an answer. */
  readonly longestGapMs: number;
}

const KEPT_CONNECTIONS = 25;

/** Programs of a tenant, on the tenant's network. */
export class Tenant {
  readonly #machine: TestMachine;
  readonly #processes: ChildProcess[] = [];

  constructor(machine: TestMachine) {
    this.#machine = machine;
  }

  /** An HTTP server that answers with its name, on the bridge's own address. */
  async startMember(port: number, name: string): Promise<void> {
    this.#start('http-member.mjs', '203.0.113.1', `${port}`, name);
    for (let attempt = 0; attempt < 500; attempt++) {
      if ((await this.get('203.0.113.1', port)) === name) return;
      await delay(20);
    }
    throw new Error(`member ${name} does not answer`);
  }

  /** One request from the tenant's network; null when it is not answered with 200. */
  async get(host: string, port: number): Promise<string | null> {
    const script = `fetch('http://${host}:${port}/',{signal:AbortSignal.timeout(5000)}).then(async r=>process.stdout.write(r.ok?await r.text():'-'),()=>process.stdout.write('-'))`;
    const child = this.#spawn(['-e', script]);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    await once(child, 'close');
    return said === '-' || said === '' ? null : said;
  }

  /** Requests without a pause; the function that is returned ends them and tells how they went. */
  startLoad(host: string, port: number, workers: number): () => Promise<LoadFigures> {
    return this.#startClient<LoadFigures>('http-load.mjs', host, `${port}`, `${workers}`).end;
  }

  /** The same at a steady rate, over connections that are kept. */
  startKeepAliveLoad(host: string, port: number, perSecond: number): () => Promise<LoadFigures> {
    const rate = [`${KEPT_CONNECTIONS}`, `${perSecond}`];
    return this.#startClient<LoadFigures>('http-load.mjs', host, `${port}`, ...rate).end;
  }

  /** A request fifty times a second, to see for how long nobody answers; the first is answered when it returns. */
  async startWatch(host: string, port: number): Promise<() => Promise<WatchFigures>> {
    const { child, end } = this.#startClient<WatchFigures>('http-watch.mjs', host, `${port}`);
    if (child.stdout) await once(child.stdout, 'data');
    return end;
  }

  /**
   * A request that is begun now, and ends when the function that is returned is called.
   * @param bytes that come only then
   * @returns the status of the answer
   */
  async beginRequest(host: string, port: number, bytes: number): Promise<() => Promise<string>> {
    const child = this.#start('late-visitor.mjs', host, `${port}`, `${bytes}`);
    const said: string[] = [];
    child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
    await once(child.stdout ?? child, 'data');
    return async () => {
      child.stdin?.end();
      await once(child, 'close');
      return said.join('').replace('begun\n', '');
    };
  }

  /** Something else than HAProxy listens in HAProxy's own namespace. */
  async occupyPort(namespace: string, host: string, port: number): Promise<void> {
    const script = new URL('./http-member.mjs', import.meta.url).pathname;
    this.#spawn([script, host, `${port}`, 'occupied'], namespace);
    for (let attempt = 0; attempt < 500; attempt++) {
      if ((await this.get(host, port)) === 'occupied') return;
      await delay(20);
    }
    throw new Error(`port ${port} of ${host} is not taken`);
  }

  stop(): void {
    for (const child of this.#processes) child.kill('SIGKILL');
  }

  /** The last line that it prints is what it saw. */
  #startClient<Figures>(script: string, ...args: readonly string[]) {
    const child = this.#start(script, ...args);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    const end = async (): Promise<Figures> => {
      child.stdin?.end();
      await once(child, 'close');
      return JSON.parse(said.split('\n').at(-1) ?? '') as Figures;
    };
    return { child, end };
  }

  #start(script: string, ...args: readonly string[]): ChildProcess {
    return this.#spawn([new URL(`./${script}`, import.meta.url).pathname, ...args]);
  }

  #spawn(args: readonly string[], namespace = this.#machine.tenantNamespace): ChildProcess {
    const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#processes.push(child);
    return child;
  }
}
