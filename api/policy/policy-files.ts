import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '#core/config/load.ts';
import type { PolicyText } from './policy-file.ts';

export interface PolicyPlaces {
  /** Null: `policy.yaml` in the folder of the configuration, if it is there. */
  readonly policyFile: string | null;
  /** Folders of more files; absent ones are passed over. */
  readonly policyDirs: readonly string[];
}

const DEFAULT_FILE = 'policy.yaml';
const FILES_MAX = 100;

/**
 * Reads the operator's rules, in the order in which each overrides those before it.
 * @param folder of the configuration file; relative paths begin there
 * @throws ConfigError when a file that was named is not there, or cannot be read
 */
export function readPolicyFiles(places: PolicyPlaces, folder: string): readonly PolicyText[] {
  const { policyFile, policyDirs } = places;
  const main = readPolicyFile(resolve(folder, policyFile ?? DEFAULT_FILE), policyFile !== null);
  const more = policyDirs.flatMap((dir) => filesIn(resolve(folder, dir)));
  if (more.length > FILES_MAX)
    throw new ConfigError([
      `[oslo_policy] policy_dirs hold ${more.length} files; at most ${FILES_MAX} are read`,
    ]);
  return [main, ...more.map((file) => readPolicyFile(file, true))].filter((text) => text !== null);
}

function filesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(dir, entry.name))
      .toSorted();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw unreadable(dir, error);
  }
}

function readPolicyFile(name: string, isWanted: boolean): PolicyText | null {
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    if (isAbsent(error) && !isWanted) return null;
    throw unreadable(name, error);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unreadable(name: string, error: unknown): ConfigError {
  const why = error instanceof Error ? error.message : String(error);
  return new ConfigError([
    `${name}: cannot be read (${why}); [oslo_policy] policy_file must name a file of rules that this process may read`,
  ]);
}
