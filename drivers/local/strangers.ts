import { readdir } from 'node:fs/promises';
import { amphoraeFolder } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { amphoraOfNamespace } from './names.ts';
import { listNamespaces } from './namespaces.ts';
import { servers } from './server-table.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Place = Pick<LocalCloudOptions, 'database' | 'dataDir' | 'namePrefix'>;

/**
 * Amphorae of which this host has a namespace, or a folder with their keys, and the tables have no machine: what a
 * database leaves that was lost, or restored from an old copy. A row is written before anything is made, so nothing in
 * the making is among them.
 */
export async function strangersOf({
  database,
  dataDir,
  namePrefix,
}: Place): Promise<readonly string[]> {
  const folders = await readdir(amphoraeFolder(dataDir)).catch(() => []);
  const found = [
    ...amphoraeWithNamespaces(namePrefix),
    ...folders.filter((name) => UUID.test(name)),
  ];
  const known = new Set(await servers.knownAmphorae(database, found));
  return [...new Set(found)].filter((amphoraId) => !known.has(amphoraId));
}

export function amphoraeWithNamespaces(prefix: string): readonly string[] {
  return listNamespaces()
    .map((name) => amphoraOfNamespace(prefix, name))
    .filter((amphoraId) => amphoraId !== null);
}
