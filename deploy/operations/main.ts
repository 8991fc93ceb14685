import { readFileSync } from 'node:fs';
import { ConfigError, loadConfig } from '#core/config/load.ts';
import { database as databaseSection } from '#core/config/sections.ts';
import { openDatabase } from '#core/db/pool.ts';
import { OctaviaError } from '#core/domain/errors.ts';
import { answer } from './answer.ts';
import { HELP, Refused, readArguments } from './arguments.ts';

const CONFIG_FILE = '/etc/octavia/octavia.conf';

async function main(): Promise<string> {
  const asked = readArguments(process.argv.slice(2));
  if (asked.wish.kind === 'help') return HELP;
  const { config } = loadConfig(
    { database: databaseSection },
    { name: asked.configFile ?? CONFIG_FILE, text: textOf(asked.configFile) },
    process.env,
  );
  const { connection, poolTimeoutSeconds, statementTimeoutSeconds } = config.database;
  const database = openDatabase(
    {
      connection,
      poolSizeMax: 1,
      poolTimeoutMs: poolTimeoutSeconds * 1000,
      statementTimeoutMs: statementTimeoutSeconds * 1000,
      applicationName: 'octavia-operations',
    },
    () => {},
  );
  try {
    return await answer(database, asked.wish, asked.isJson);
  } finally {
    await database.end();
  }
}

/** A file that was named must exist; the usual one may be absent where the environment says all. */
function textOf(file: string | undefined): string {
  try {
    return readFileSync(file ?? CONFIG_FILE, 'utf8');
  } catch (error) {
    if (file === undefined) return '';
    throw new Refused(`${file} cannot be read; give an existing file with --config-file`, {
      cause: error,
    });
  }
}

main().then(
  (text) => process.stdout.write(text),
  (error: unknown) => {
    const isExpected =
      error instanceof Refused || error instanceof OctaviaError || error instanceof ConfigError;
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${isExpected ? reason : `could not ask PostgreSQL: ${reason}`}\n`);
    process.exitCode = 1;
  },
);
