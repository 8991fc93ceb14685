import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { POOL_SIZE_MAX, startApi } from './api/api-process.ts';
import { startBare } from './api/bare-server.ts';
import { Child } from './api/child.ts';
import { type Asked, type Measured, type MeasuredServer, measure } from './api/measure.ts';
import { type MemoryLook, watchMemory } from './api/memory.ts';
import {
  dress,
  LOAD_BALANCERS,
  OPERATIONS,
  type Operation,
  REQUESTS,
  requestsOf,
  WARM_UP,
} from './api/operations.ts';
import { type Recorded, record } from './api/recorded.ts';
import { type ApiResults, apiTables } from './api/tables.ts';
import { openTokenBed } from './api/token.ts';
import { thisMachine } from './testbed/machine.ts';
import { type FleetDatabase, type Servers, startServers } from './testbed/servers.ts';

export interface ApiBenchOptions {
  readonly parts: readonly ApiPart[];
  /** Where the API leaves CPU profiles of itself. */
  readonly profileFolder: string | undefined;
  readonly jsonFile: string;
  readonly progress: (text: string) => void;
}

export const API_PARTS = [...OPERATIONS, 'memory'] as const;
export type ApiPart = (typeof API_PARTS)[number];

const LOAD_MS_MAX = 300_000;

/** The API beside a server that has the answer ready, and beside one that runs the same SQL. */
export async function benchApi(options: ApiBenchOptions): Promise<void> {
  const machine = thisMachine();
  const servers = await startServers();
  const client = new Child(new URL('./api/client/child.ts', import.meta.url), 'client', {
    answerMsMax: LOAD_MS_MAX,
  });
  try {
    await client.answer();
    const database = await servers.createFleet(LOAD_BALANCERS);
    const ids = await dress(database.client);
    const bed: Bed = { servers, client, database, ids, options };
    const operations: ApiResults['operations'][number][] = [];
    for (const operation of OPERATIONS.filter((each) => options.parts.includes(each)))
      operations.push({ operation, ...(await benchOperation(bed, operation)) });
    const memory = options.parts.includes('memory') ? await benchMemory(bed) : [];
    const results: ApiResults = { machine, operations, memory };
    await mkdir(dirname(options.jsonFile), { recursive: true });
    await writeFile(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${apiTables(results).join('\n')}\n`);
  } finally {
    await client.stop();
    await servers.stop();
  }
}

interface Bed {
  readonly servers: Servers;
  readonly client: Child;
  readonly database: FleetDatabase;
  readonly ids: readonly string[];
  readonly options: ApiBenchOptions;
}

async function benchOperation(
  bed: Bed,
  operation: Operation,
): Promise<Omit<ApiResults['operations'][number], 'operation'>> {
  const { url } = bed.database;
  const [text = ''] = requestsOf(operation, bed.ids);
  const recorded = await record({ databaseUrl: url }, operation, text);
  const { answer, status, statements, freshId } = recorded;
  const sql = { url, poolSizeMax: POOL_SIZE_MAX, statements, freshId };
  const bare = await measured(bed, operation, recorded, 'bare', () =>
    startBare({ answer, status, sql: null }),
  );
  const sameSql = await measured(bed, operation, recorded, 'the same SQL', () =>
    startBare({ answer, status, sql }),
  );
  const withToken = await measureWithToken(bed, operation, recorded);
  const { profileFolder } = bed.options;
  const api = await measured(bed, operation, recorded, 'the API', () =>
    startApi({ databaseUrl: url, profileFolder }),
  );
  return { api, withToken, bare, sameSql, statements: statements.length };
}

async function measureWithToken(
  bed: Bed,
  operation: Operation,
  recorded: Recorded,
): Promise<Measured> {
  const tokens = await openTokenBed();
  try {
    const start = () => startApi({ databaseUrl: bed.database.url, settings: tokens.settings });
    return await measured(bed, operation, recorded, 'with a token', start, tokens.withToken);
  } finally {
    await tokens.close();
  }
}

async function measured(
  bed: Bed,
  operation: Operation,
  { status }: Recorded,
  who: string,
  start: () => Promise<MeasuredServer & { stop(): Promise<void> }>,
  dressed: (text: string) => string = (text) => text,
): Promise<Measured> {
  const server = await start();
  try {
    const asked: Asked = {
      client: bed.client,
      postgresPid: bed.servers.postgresPid,
      texts: requestsOf(operation, bed.ids).map(dressed),
      requests: REQUESTS[operation],
      warmUp: WARM_UP[operation],
      status,
    };
    const result = await measure(server, asked);
    bed.options.progress(
      `${operation}, ${who}: ${Math.round(result.ratePerSecond)}/s, ${Math.round(result.serverMicros)} µs`,
    );
    return result;
  } finally {
    await server.stop();
  }
}

async function benchMemory(bed: Bed): Promise<readonly MemoryLook[]> {
  const api = await startApi({ databaseUrl: bed.database.url });
  try {
    const texts = [...requestsOf('list', bed.ids), ...requestsOf('show', bed.ids.slice(0, 9))];
    return await watchMemory(api, { client: bed.client, texts, status: 200 }, bed.options.progress);
  } finally {
    await api.stop();
  }
}
