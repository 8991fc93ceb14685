import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#core/db/migrate.ts';
import { type Database, openDatabase } from '#core/db/pool.ts';
import { PrivatePostgres } from '../../deploy/one-box/private-postgres.ts';
import { migrateEngine } from '../../worker/engine/schema.ts';
import { freePort } from './health-manager.ts';

/** A PostgreSQL that may be frozen and killed, with our schema and the engine's in it. */
export class OwnPostgres {
  readonly #server: PrivatePostgres;
  readonly #folder: string;
  readonly database: Database;
  readonly url: string;
  #frozen: readonly number[] = [];

  private constructor(server: PrivatePostgres, folder: string, url: string) {
    this.#server = server;
    this.#folder = folder;
    this.url = url;
    const options = { poolSizeMax: 4, poolTimeoutMs: 10_000, applicationName: 'test' };
    this.database = openDatabase({ ...options, connection: url }, () => undefined);
  }

  static async start(): Promise<OwnPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'octavia-health-postgres-'));
    const dataDir = join(folder, 'postgres');
    // Durable: what was committed before it was killed must still be there.
    const server = new PrivatePostgres({ dataDir, port: await freePort(), isDurable: true });
    await server.start();
    await server.createDatabase('octavia');
    const own = new OwnPostgres(server, folder, server.url('octavia'));
    await migrate(own.database, new URL('../../core/db/migrations/', import.meta.url));
    await migrateEngine(own.url);
    return own;
  }

  /** Stops all its processes where they are: connections stay open and nothing answers. */
  async freeze(): Promise<void> {
    const { pid = 0 } = this.#server;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    this.#frozen = [pid, ...children.trim().split(/\s+/).map(Number)];
    for (const one of this.#frozen) process.kill(one, 'SIGSTOP');
  }

  thaw(): void {
    for (const one of this.#frozen) process.kill(one, 'SIGCONT');
    this.#frozen = [];
  }

  async restart(): Promise<void> {
    process.kill(this.#server.pid ?? 0, 'SIGKILL');
    await this.#server.ended();
    await this.#server.start();
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.database.end();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
