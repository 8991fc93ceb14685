import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, isAbsolute, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PARTS = ['amphora-agent', 'core'];
const OF_TESTS = /\.test\.ts$|(^|\/)(testing|testdata)(\/|$)/;
const COPIES_MAX = 8;
const HELP = `Leaves the amphora agent without its types in a new folder, for amphora-agent/start.

  main.ts FOLDER   an absolute path; beside it older copies are removed
  --help           this text
`;

/**
 * A process that strips types keeps the stripper, 30 MB, for good. Each `x.ts` becomes an `x.js` and a link to it, so that
 * no import has to be rewritten.
 */
async function main([folder, ...rest]: readonly string[]): Promise<void> {
  if (folder === '--help') return void process.stdout.write(HELP);
  if (folder === undefined || !isAbsolute(folder) || rest.length > 0) {
    process.stderr.write(`it takes one folder, by an absolute path\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  const cache = dirname(folder);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const beside = await mkdtemp(join(cache, 'unfinished-'));
  try {
    await copyInto(beside);
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!(await isThere(folder))) throw error; // else another agent that starts was faster
  }
  await removeOldest(cache, basename(folder));
}

async function copyInto(folder: string): Promise<void> {
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const part of PARTS) {
    const entries = await readdir(join(ROOT, part), { recursive: true, withFileTypes: true });
    for (const { name, parentPath } of entries.filter((entry) => entry.isFile())) {
      const path = join(parentPath, name).slice(ROOT.length + 1);
      if (OF_TESTS.test(path)) continue;
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await copyOne(join(ROOT, path), join(folder, path));
    }
  }
}

async function copyOne(from: string, to: string): Promise<void> {
  if (!to.endsWith('.ts')) return copyFile(from, to);
  const script = to.replace(/ts$/, 'js');
  await writeFile(script, stripTypeScriptTypes(await readFile(from, 'utf8')));
  await symlink(basename(script), to);
}

/** Agents that run read little more of theirs, and are started anew after an upgrade. */
async function removeOldest(cache: string, newest: string): Promise<void> {
  const prefix = newest.replace(/[^-]*$/, '');
  const names = (await readdir(cache)).filter((name) => name.startsWith(prefix) && name !== newest);
  const copies = await Promise.all(
    names.map(async (name) => ({ name, madeMs: (await stat(join(cache, name))).mtimeMs })),
  );
  const oldest = copies.toSorted((a, b) => b.madeMs - a.madeMs).slice(COPIES_MAX - 1);
  for (const { name } of oldest) await rm(join(cache, name), { recursive: true, force: true });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

await main(process.argv.slice(2));
