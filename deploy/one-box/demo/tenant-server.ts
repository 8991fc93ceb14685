import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LocalCloudOptions } from '#drivers/local/cloud-options.ts';
import { joinNetwork, leaveNetwork, type TenantAddresses } from '#drivers/local/tenant.ts';
import { endChild, hasEnded, orphanSignal, spawnChild } from '../child-process.ts';
import { until } from './api-client.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'web-server/main.ts');
const START_TIMEOUT_MS = 60_000;

/** A tenant's machine with a web server: a namespace of its own on a tenant network. */
export class TenantServer {
  readonly name: string;
  readonly port: number;
  readonly #options: LocalCloudOptions;
  readonly #network: string;
  readonly #namespace: string;
  #addresses: TenantAddresses | undefined;
  #child: ChildProcess | undefined;

  /** @param name unique in the cloud; also what the server answers */
  constructor(options: LocalCloudOptions, network: string, name: string, port = 80) {
    this.#options = options;
    this.#network = network;
    this.name = name;
    this.port = port;
    this.#namespace = `${options.namePrefix}-${name}`;
  }

  /** Known once it was started. */
  get address(): string {
    return this.#known.address;
  }

  /** The same in IPv6; null on a network without it. */
  get address6(): string | null {
    return this.#known.address6;
  }

  get #known(): TenantAddresses {
    if (this.#addresses === undefined) throw new Error(`${this.name} was not started`);
    return this.#addresses;
  }

  /** Joins the network, also after a restart of the cloud took it down, and starts the web server if it is not running. */
  async start(): Promise<void> {
    const nic = { namespace: this.#namespace, networkName: this.#network };
    this.#addresses = await joinNetwork(this.#options, nic);
    if (this.#child && !hasEnded(this.#child)) return;
    let isListening = false;
    this.#child = spawnChild(
      [
        ...orphanSignal('TERM'),
        'ip',
        'netns',
        'exec',
        this.#namespace,
        process.execPath,
        PROGRAM,
        `--name=${this.name}`,
        `--port=${this.port}`,
      ],
      { onOutput: (line) => (isListening ||= line === 'listening') },
    );
    await until(`${this.name} listens`, START_TIMEOUT_MS, () => isListening);
  }

  /** The machine stays, its web server is gone from one moment to the next. */
  async kill(): Promise<void> {
    if (this.#child) await endChild(this.#child, 'SIGKILL', 1000);
  }

  /** Takes the whole machine away. */
  async remove(): Promise<void> {
    await this.kill();
    await leaveNetwork(this.#options, { namespace: this.#namespace, networkName: this.#network });
    await run('ip', ['netns', 'delete', this.#namespace]).catch(() => {}); // it was never made
  }
}
