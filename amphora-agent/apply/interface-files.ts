import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InterfaceFile } from '../render/interface-file.ts';
import { readIfPresent, writeWhole } from './atomic-file.ts';

const MODE = 0o644;

export async function writeInterfaceFile(folder: string, file: InterfaceFile): Promise<void> {
  await writeWhole(join(folder, `${file.name}.json`), JSON.stringify(file), MODE);
}

/** Null when there is none, or none that can be read. */
export async function readInterfaceFile(
  folder: string,
  name: string,
): Promise<InterfaceFile | null> {
  const content = await readIfPresent(join(folder, `${name}.json`));
  if (content === null) return null;
  try {
    const value = JSON.parse(content.toString('utf8')) as InterfaceFile;
    return Array.isArray(value.addresses) && Array.isArray(value.routes) ? value : null;
  } catch {
    return null;
  }
}

/** All of the folder, by name. */
export async function readInterfaceFiles(folder: string): Promise<readonly InterfaceFile[]> {
  const entries = await readdir(folder).catch(() => []);
  const names = entries.filter((entry) => /^[a-z0-9]+\.json$/.test(entry)).sort();
  const files = await Promise.all(
    names.map((name) => readInterfaceFile(folder, name.slice(0, -5))),
  );
  return files.filter((file) => file !== null);
}
