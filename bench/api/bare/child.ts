import Fastify from 'fastify';
import { openDatabase } from '#core/db/pool.ts';
import { replayOf } from '../replay/replay.ts';
import type { Statement } from '../replay/statement.ts';

/** What a bare server is to do for every request it gets, whatever it asks. */
export interface BareOptions {
  /** The same bytes for everybody. */
  readonly answer: string;
  readonly status: number;
  /** Run before each answer; null: the answer is all. */
  readonly sql: {
    readonly url: string;
    readonly poolSizeMax: number;
    readonly statements: readonly Statement[];
    /** Id of what the statements create. */
    readonly freshId: string | null;
  } | null;
}

process.once('message', (options: BareOptions) => {
  serve(options).then(
    (port) => process.send?.(port),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

async function serve({ answer, status, sql }: BareOptions): Promise<number> {
  const app = Fastify();
  const bytes = Buffer.from(answer, 'latin1');
  const run = sql ? replaying(sql) : null;
  app.all('/*', async (_request, reply) => {
    if (run) await run();
    return reply.code(status).header('content-type', 'application/json').send(bytes);
  });
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

function replaying(sql: NonNullable<BareOptions['sql']>): () => Promise<void> {
  const database = openDatabase(
    {
      connection: sql.url,
      poolSizeMax: sql.poolSizeMax,
      poolTimeoutMs: 10_000,
      applicationName: 'bench-bare',
    },
    () => {},
  );
  const replay = replayOf(sql.statements, sql.freshId);
  return () => replay(database);
}
