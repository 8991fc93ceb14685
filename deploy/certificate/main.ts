import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '#core/config/load.ts';
import * as sections from '#core/config/sections.ts';
import { type Database, isDatabaseAway, openDatabase } from '#core/db/pool.ts';
import { DriverFailure, OctaviaError } from '#core/domain/errors.ts';
import { openSeal } from '#drivers/certificates-db/seal.ts';
import { type SecretStore, secretStore } from '#drivers/certificates-db/secret-store.ts';
import { findSecretUsers } from '#drivers/certificates-db/secret-users.ts';
import { readFiles } from './files.ts';
import { HELP, Misuse, type Options, readRequest } from './options.ts';

const ONE_BOX_CONF = join(import.meta.dirname, '../../.data/octavia.conf');
const SYSTEM_CONF = '/etc/octavia/octavia.conf';

async function main(): Promise<void> {
  const { words, options, isHelp } = readRequest(process.argv.slice(2));
  const [verb, ...rest] = words;
  if (isHelp || verb === undefined) return print(HELP.trimEnd());
  const config = readConfig(options);
  const seal = openSeal(config.certificates.keyPassphrases);
  const database = openDatabase(
    {
      connection: config.database.connection,
      poolSizeMax: 1,
      poolTimeoutMs: config.database.poolTimeoutSeconds * 1000,
      applicationName: 'octavia-certificate',
    },
    () => {},
  );
  try {
    const fallback = config.apiSettings.noAuthProjectId;
    await perform(verb, rest, options, fallback, secretStore(database, seal), database);
  } finally {
    await database.end();
  }
}

function readConfig(options: Options) {
  const own = existsSync(ONE_BOX_CONF) ? ONE_BOX_CONF : SYSTEM_CONF;
  const name = options['config-file'] ?? own;
  if (!existsSync(name))
    throw new Misuse(`${name} does not exist; name the cloud's octavia.conf with --config-file`);
  const { config } = loadConfig(sections, { name, text: readFileSync(name, 'utf8') }, process.env);
  const { certManager } = config.certificates;
  if (certManager !== 'local_cert_manager')
    throw new Misuse(
      `${name}: [certificates] cert_manager is ${certManager}, which would not find what is stored here; it must be local_cert_manager`,
    );
  return config;
}

async function perform(
  verb: string,
  rest: readonly string[],
  options: Options,
  projectId: string | null,
  store: SecretStore,
  database: Database,
): Promise<void> {
  switch (verb) {
    case 'add':
      return print(
        await store.add({ ...readFiles(options), projectId: projectOf(options, projectId) }),
      );
    case 'list':
      for (const { ref, projectId: owner, name, createdAt } of await store.list(
        options.project ?? null,
      ))
        print(`${ref}  ${owner}  ${createdAt.toISOString()}  ${name}`);
      return;
    case 'remove':
      return remove(rest, store, database);
    case 'reseal':
      return print(`${await store.reseal()} sealed anew`);
    default:
      throw new Misuse(`${JSON.stringify(verb)} is not add, list, remove or reseal`);
  }
}

function projectOf(options: Options, fallback: string | null): string {
  const project = options.project ?? fallback;
  if (project === null)
    throw new Misuse(
      'whose is it? Name the project whose load balancers may use it with --project',
    );
  return project;
}

async function remove(
  refs: readonly string[],
  store: SecretStore,
  database: Database,
): Promise<void> {
  if (refs.length === 0) throw new Misuse('remove needs the references to remove');
  for (const ref of refs) {
    const users = await findSecretUsers(database, ref);
    if (users.length > 0) throw new Misuse(`${ref} is in use: ${users.join(', ')}`);
    if (!(await store.remove(ref))) throw new Misuse(`${ref} is no reference that list shows`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${wordsFor(error)}\n`);
  process.exitCode = 1;
});

/** One line for what is foreseen; anything else is a defect, and its stack is wanted. */
function wordsFor(error: unknown): string {
  if (isDatabaseAway(error))
    return `the cloud's PostgreSQL does not answer (${error.message}); start the cloud, or name another with --config-file`;
  const isForeseen =
    error instanceof Misuse ||
    error instanceof OctaviaError ||
    error instanceof DriverFailure ||
    error instanceof ConfigError;
  if (!(error instanceof Error)) return String(error);
  return isForeseen ? error.message : (error.stack ?? error.message);
}
