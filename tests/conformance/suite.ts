import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { endChild, endOf, spawnChild } from '../../deploy/one-box/child-process.ts';
import type { ConformanceOptions } from './options.ts';

export interface KeystoneUser {
  readonly username: string;
  readonly password: string;
  readonly user_domain_id: string;
  readonly project_name: string;
  readonly project_domain_id: string;
}

/** What an API needs to know of the Keystone that `keystone-up` started, and a user to try it with. */
export interface KeystoneFacts {
  readonly auth_url: string;
  readonly service_user: KeystoneUser;
  readonly demo_user: KeystoneUser;
}

const SCRIPTS = ['keystone-up', 'run-tempest', 'keystone-down'];
// Of the first run, which installs packages, and of the longest.
const SCRIPT_TIMEOUT_MS = 50 * 60_000;
const STOP_GRACE_MS = 10_000;

/** The scripts that start Keystone, run the tests and stop Keystone, one at a time. */
export class Suite {
  readonly #suiteDir: string;
  readonly #keystoneDir: string;
  #keystonePort: number | undefined;
  #script: ChildProcess | undefined;

  /** @param dir an empty folder for Keystone's data */
  constructor(suiteDir: string, dir: string) {
    this.#suiteDir = suiteDir;
    this.#keystoneDir = join(dir, 'keystone');
  }

  static isAt(suiteDir: string): boolean {
    return SCRIPTS.every((script) => existsSync(join(suiteDir, script)));
  }

  /** At the same port when it is started again. */
  async startKeystone(apiUrl: string): Promise<KeystoneFacts> {
    this.#keystonePort ??= await freePort();
    const port = String(this.#keystonePort);
    const args = ['--dir', this.#keystoneDir, '--port', port, '--lb-url', apiUrl];
    const how = await this.#run('keystone-up', args);
    if (how !== 'exit code 0') throw new Error(`keystone-up: ${how}`);
    return JSON.parse(readFileSync(join(this.#keystoneDir, 'facts.json'), 'utf8'));
  }

  /** @param resultsDir gets results.json */
  async runTests(options: ConformanceOptions, resultsDir: string): Promise<void> {
    const { regex, exclude, concurrency } = options;
    const args = ['--keystone-dir', this.#keystoneDir, '--dir', resultsDir];
    args.push('--concurrency', String(concurrency));
    if (regex !== null) args.push('--regex', regex);
    if (exclude !== null) args.push('--exclude', exclude);
    await this.#run('run-tempest', args);
  }

  /** Stops it and keeps its data, so that its tokens are good again when it is back. */
  async pauseKeystone(): Promise<void> {
    await this.#run('keystone-down', ['--dir', this.#keystoneDir]);
  }

  async stopKeystone(): Promise<void> {
    await this.#run('keystone-down', ['--dir', this.#keystoneDir, '--purge']);
  }

  /** Ends the script that runs now; safe to call twice. */
  async interrupt(): Promise<void> {
    if (this.#script) await endChild(this.#script, 'SIGTERM', STOP_GRACE_MS);
  }

  async #run(name: string, args: readonly string[]): Promise<string> {
    const script = spawnChild([join(this.#suiteDir, name), ...args], {
      onOutput: (line) => process.stdout.write(`${line}\n`),
    });
    this.#script = script;
    const overdue = setTimeout(() => void this.interrupt(), SCRIPT_TIMEOUT_MS);
    try {
      return await endOf(script);
    } finally {
      clearTimeout(overdue);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port is free');
  return address.port;
}
