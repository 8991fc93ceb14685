import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file whole or not at all: aside, to the disk, then renamed. Its folder is made when absent.
 * @param mode of the file, whatever the umask
 * @param isDurable false: it may be lost with the machine's power, as what is written every second may
 */
export async function writeWhole(
  path: string,
  content: string | Buffer,
  mode: number,
  isDurable = true,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(aside, 'wx', mode);
    try {
      await file.writeFile(content);
      if (isDurable) await file.datasync();
    } finally {
      await file.close();
    }
    await chmod(aside, mode);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** Writes a file that does not exist yet; an existing one stays as it is. */
export async function writeOnce(path: string, content: string, mode: number): Promise<boolean> {
  if (await exists(path)) return false;
  await writeWhole(path, content, mode);
  return true;
}

export async function exists(path: string): Promise<boolean> {
  return (await modeOf(path)) !== null;
}

/** Permission bits; null when there is no such file. */
export async function modeOf(path: string): Promise<number | null> {
  const found = await unlessAbsent(stat(path));
  return found === null ? null : found.mode & 0o7777;
}

/** Null when there is no such file. */
export function readIfPresent(path: string): Promise<Buffer | null> {
  return unlessAbsent(readFile(path));
}

const ABSENT: readonly unknown[] = ['ENOENT', 'ENOTDIR'];

async function unlessAbsent<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.includes(error.code)) return null;
    throw error;
  }
}
