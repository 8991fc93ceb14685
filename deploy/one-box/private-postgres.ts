import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endChild, endOf, hasEnded, orphanSignal, spawnChild } from './child-process.ts';

const run = promisify(execFile);
const BINARIES = '/usr/lib/postgresql';
const START_TIMEOUT_MS = 30_000;

export interface PrivatePostgresOptions {
  readonly dataDir: string;
  readonly port: number;
  /** False gives up durability for speed: only where losing the data does not matter. */
  readonly isDurable: boolean;
  /** Letters and digits. Absent: whoever is on this machine may connect. */
  readonly password?: string;
  readonly onOutput?: (line: string) => void;
}

/** A PostgreSQL of our own as a child process, on loopback, with all its files in one folder. */
export class PrivatePostgres {
  readonly #options: PrivatePostgresOptions;
  #child: ChildProcess | undefined;

  constructor(options: PrivatePostgresOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  url(database: string): string {
    const { port, password } = this.#options;
    const user = password === undefined ? 'octavia' : `octavia:${password}`;
    return `postgresql://${user}@127.0.0.1:${port}/${database}`;
  }

  /** Makes the cluster when there is none, starts the server, waits until it answers. */
  async start(): Promise<void> {
    if (this.#child && !hasEnded(this.#child)) return;
    const { dataDir, port, isDurable, password } = this.#options;
    if (!existsSync(`${dataDir}/PG_VERSION`)) await initialize(dataDir);
    if (password !== undefined) await demandPassword(dataDir, password);
    // A server that was killed leaves its pid file; PostgreSQL itself checks whether that process still lives.
    const unsafe = isDurable
      ? []
      : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
    const settings = [
      '-c',
      `port=${port}`,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
      '-c',
      'shared_buffers=64MB',
    ];
    this.#child = spawnChild(
      [
        ...asPostgres(),
        ...orphanSignal('INT'),
        binary('postgres'),
        '-D',
        dataDir,
        ...settings,
        ...unsafe,
      ],
      this.#options.onOutput ? { onOutput: this.#options.onOutput } : {},
    );
    await this.#untilReady();
  }

  async createDatabase(name: string): Promise<void> {
    const { port, password } = this.#options;
    const env = { ...process.env, PGPASSWORD: password };
    const psql = ['-h', '127.0.0.1', '-p', String(port), '-U', 'octavia', '-d', 'postgres', '-Atc'];
    const ask = (sql: string) => run(binary('psql'), [...psql, sql], { env });
    const found = await ask(`select 1 from pg_database where datname = '${name}'`);
    if (found.stdout.trim() === '') await ask(`create database "${name}"`);
  }

  /** Resolves when the server has ended, saying how. */
  async ended(): Promise<string> {
    return this.#child ? endOf(this.#child) : 'not started';
  }

  /** Fast shutdown: transactions under way are rolled back, the data is left clean. */
  async stop(): Promise<void> {
    if (this.#child) await endChild(this.#child, 'SIGINT', 10_000);
    this.#child = undefined;
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadline) {
      if (this.#child && hasEnded(this.#child)) break;
      const { port } = this.#options;
      const ready = await run(binary('pg_isready'), [
        '-q',
        '-h',
        '127.0.0.1',
        '-U',
        'octavia',
        '-d',
        'postgres',
        '-p',
        String(port),
      ]).then(
        () => true,
        () => false,
      );
      if (ready) return;
      await delay(50);
    }
    throw new Error(
      `PostgreSQL in ${this.#options.dataDir} did not come up on port ${this.#options.port}; see its output above`,
    );
  }
}

async function initialize(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) {
    const id = async (flag: string): Promise<number> =>
      Number((await run('id', [flag, 'postgres'])).stdout);
    await chown(dataDir, await id('-u'), await id('-g'));
  }
  const [program, ...args] = [
    ...asPostgres(),
    binary('initdb'),
    '-D',
    dataDir,
    '-U',
    'octavia',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '--no-sync',
  ];
  await run(program, args);
}

/** Before the server runs: a new cluster, or one of an earlier release, lets everyone on this machine in as the superuser. */
async function demandPassword(dataDir: string, password: string): Promise<void> {
  const file = `${dataDir}/pg_hba.conf`;
  const rules = await readFile(file, 'utf8');
  const closed = rules.replaceAll(/^([^#\n]*\s)trust\s*$/gm, '$1scram-sha-256');
  if (closed === rules) return;
  const [program, ...args] = [
    ...asPostgres(),
    binary('postgres'),
    '--single',
    '-D',
    dataDir,
    'postgres',
  ];
  const setting = run(program, args);
  setting.child.stdin?.on('error', () => {}); // It ended before it read: how is told below.
  // Not as an argument: those are everybody's to read.
  setting.child.stdin?.end(`alter role octavia password '${password}'\n`);
  await setting;
  await writeFile(file, closed);
}

/**
 * PostgreSQL refuses to run as root, so root runs it as the package's user; the capability lets it pass through
 * folders above its own, such as a closed home directory, that belong to root.
 */
function asPostgres(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  return [
    'setpriv',
    '--reuid=postgres',
    '--regid=postgres',
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
}

/** Debian keeps each major version in a folder of its own; take the newest. */
function binary(name: string): string {
  const versions = existsSync(BINARIES)
    ? readdirSync(BINARIES).sort((a, b) => Number(b) - Number(a))
    : [];
  const found = versions
    .map((version) => `${BINARIES}/${version}/bin/${name}`)
    .find((path) => existsSync(path));
  return found ?? name;
}
