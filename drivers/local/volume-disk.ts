import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverFailure } from '#core/domain/errors.ts';
import { amphoraeFolder, localAmphoraPaths } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { run } from './command.ts';
import { amphoraOfVolume, volumeNameOf } from './names.ts';

type Place = Pick<LocalCloudOptions, 'dataDir' | 'namePrefix'>;

const GIB = 1024 ** 3;
const FILE_SUFFIX = '.ext4';

/** What keeps volumes from being mounted on this host; null: nothing. */
export function diskProblem(): string | null {
  return existsSync('/dev/loop-control')
    ? null
    : 'volume_local_driver needs loop devices, and /dev/loop-control is not there';
}

/** @throws DriverFailure (permanent) where no volume could be mounted */
export function assertDisksPossible(): void {
  const problem = diskProblem();
  if (problem === null) return;
  throw new DriverFailure(
    `[controller_worker] ${problem}; load the kernel's module loop, or set volume_driver to volume_noop_driver`,
    { retryable: false },
  );
}

/**
 * A volume is a file with a file system of its own, so that a machine that fills its disk fills nobody else's. It takes
 * of the host's disk what was written to it. What a machine of the cloud boots is the agent that the host was
 * installed with, so nothing is written onto a new one.
 */
export async function makeDisk(place: Place, amphoraId: string, sizeGib: number): Promise<void> {
  const file = diskOf(place, amphoraId);
  await mkdir(volumesFolder(place), { recursive: true, mode: 0o700 });
  await rm(`${file}.new`, { force: true });
  const disk = await open(`${file}.new`, 'wx', 0o600);
  try {
    await disk.truncate(sizeGib * GIB);
  } finally {
    await disk.close();
  }
  // Few inodes and a short journal: what is not written takes no space, and no time.
  const shape = ['-m', '0', '-N', '16384', '-J', 'size=8'];
  const lazily = ['-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard'];
  await run('mkfs.ext4', ['-q', '-F', ...shape, ...lazily, `${file}.new`]);
  await rename(`${file}.new`, file);
}

/** Puts a machine's volume where the machine's files lie; there already is fine. */
export async function mountDisk(place: Place, amphoraId: string): Promise<void> {
  const { root } = localAmphoraPaths(place, amphoraId);
  await mkdir(root, { recursive: true, mode: 0o711 });
  if (mountPoints().includes(root)) return;
  const options = 'loop,nodev,nosuid,noinit_itable,discard';
  await run('mount', ['-t', 'ext4', '-o', options, diskOf(place, amphoraId), root]);
  await chmod(root, 0o711);
}

/** Takes it away again; not there is fine. */
export async function unmountDisk(place: Place, amphoraId: string): Promise<void> {
  const { root } = localAmphoraPaths(place, amphoraId);
  if (mountPoints().includes(root)) await unmount(root);
}

/** Of all machines of the cloud: the files of the volumes stay. */
export async function unmountDisks(place: Place): Promise<void> {
  const folder = `${amphoraeFolder(place.dataDir)}/`;
  for (const root of mountPoints().filter((point) => point.startsWith(folder))) await unmount(root);
}

export async function removeDisk(place: Place, amphoraId: string): Promise<void> {
  await unmountDisk(place, amphoraId);
  const file = diskOf(place, amphoraId);
  for (const one of [file, `${file}.new`]) await rm(one, { force: true });
}

/** The amphorae of which there is a volume's file. */
export async function amphoraeWithDisks(place: Place): Promise<readonly string[]> {
  const files = await readdir(volumesFolder(place)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []; // no volume was made yet
    throw error;
  });
  const named = files.map((file) => amphoraOfVolume(file.replace(/\.ext4(\.new)?$/, '')));
  return [...new Set(named)].filter((amphoraId) => amphoraId !== null);
}

/** Whoever still has a file open in it keeps that file, and nobody else from going on. */
async function unmount(root: string): Promise<void> {
  await run('umount', [root]).catch(() => run('umount', ['--lazy', root]));
}

function volumesFolder({ dataDir }: Place): string {
  return join(dataDir, 'volumes');
}

function diskOf(place: Place, amphoraId: string): string {
  return join(volumesFolder(place), `${volumeNameOf(amphoraId)}${FILE_SUFFIX}`);
}

/** Where something is mounted on this host. The kernel writes blanks in octal. */
function mountPoints(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
}
