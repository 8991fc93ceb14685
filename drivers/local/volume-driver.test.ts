import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import { run } from './command.ts';
import { localCompute } from './compute-driver.ts';
import { type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';
import { diskProblem } from './volume-disk.ts';
import { localVolume } from './volume-driver.ts';

const GIB = 1024 ** 3;

let db: TestDatabase;
let scratch: ScratchCloud;
beforeAll(async () => {
  db = await createTestDatabase();
  scratch = await startScratchCloud(db.database);
});
afterAll(async () => {
  await scratch.close();
  await db.close();
});

beforeEach(({ skip }) => {
  const problem = diskProblem();
  skip(problem !== null, problem ?? '');
});

const mountsBelow = (folder: string): readonly string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${folder}/`));

const filesOfVolumes = (): readonly string[] =>
  readdirSync(join(scratch.options.dataDir, 'volumes'));

function createVolume(amphoraId: string): Promise<{ readonly volumeId: string }> {
  const request = { amphoraId, imageId: null, sizeGib: 1, type: null, zone: null };
  return localVolume(scratch.options).create(request);
}

async function bootFromVolume(amphoraId: string): Promise<{ computeId: string; root: string }> {
  const { volumeId: bootVolumeId } = await createVolume(amphoraId);
  const { agentConfig, root } = localAmphoraPaths(scratch.options, amphoraId);
  const { computeId } = await localCompute(scratch.options).build({
    amphoraId,
    files: [{ path: agentConfig, contents: '[DEFAULT]\n' }],
    spec: { ...DEFAULT_MACHINE, bootVolumeId },
  });
  return { computeId, root };
}

test('a machine that fills its volume takes nothing of the host, and keeps what it wrote when the box restarts', async () => {
  const { computeId, root } = await bootFromVolume(randomUUID());
  const { blocks, bsize } = statfsSync(root);
  expect(blocks * bsize).toBeGreaterThan(0.9 * GIB);
  expect(blocks * bsize).toBeLessThanOrEqual(GIB);
  writeFileSync(join(root, 'kept'), 'kept');
  await expect(run('fallocate', ['--length', `${2 * GIB}`, join(root, 'log')])).rejects.toThrow(
    'No space left',
  );
  rmSync(join(root, 'log'));
  const [file = ''] = filesOfVolumes();
  const disk = statSync(join(scratch.options.dataDir, 'volumes', file));
  expect(disk.mode & 0o777).toBe(0o600);
  // What was not written takes no space: blocks of 512 bytes.
  expect(disk.blocks * 512).toBeLessThan(0.2 * GIB);

  await scratch.cloud.stop();
  expect(mountsBelow(scratch.options.dataDir)).toEqual([]);
  expect(existsSync(join(root, 'kept'))).toBe(false);
  await scratch.cloud.start();
  expect(readFileSync(join(root, 'kept'), 'utf8')).toBe('kept');
  expect(await localCompute(scratch.options).get(computeId)).toMatchObject({ status: 'ACTIVE' });

  await localCompute(scratch.options).delete(computeId);
  expect(mountsBelow(scratch.options.dataDir)).toEqual([]);
  expect(existsSync(root)).toBe(false);
  expect(filesOfVolumes()).toEqual([]);
});

test('a machine whose builder died leaves its volume to the next', async () => {
  const amphoraId = randomUUID();
  const { volumeId } = await createVolume(amphoraId);
  await db.database.query(
    'insert into local_cloud.server (cloud, amphora_id, boot_volume_id) values ($1, $2, $3)',
    [scratch.options.namePrefix, amphoraId, volumeId],
  );
  expect(await localCompute(scratch.options).find(amphoraId)).toBeNull();
  expect(await localVolume(scratch.options).find(amphoraId)).toMatchObject({ volumeId });
  const { computeId } = await bootFromVolume(amphoraId);
  await localCompute(scratch.options).delete(computeId);
  expect(await localVolume(scratch.options).find(amphoraId)).toBeNull();
});

test('a volume whose maker died is made by whoever asks again', async () => {
  const amphoraId = randomUUID();
  const inserted = await db.database.query<{ id: string }>(
    `insert into local_cloud.volume (cloud, amphora_id, size_gib, image_id) values ($1, $2, 1, 'image') returning id`,
    [scratch.options.namePrefix, amphoraId],
  );
  const driver = localVolume(scratch.options);
  expect(await driver.find(amphoraId)).toMatchObject({ status: 'CREATING' });
  const { volumeId } = await createVolume(amphoraId);
  expect(volumeId).toBe(inserted.rows[0]?.id);
  expect(await driver.get(volumeId)).toMatchObject({ status: 'AVAILABLE' });
  await driver.delete(volumeId);
});

test('a volume of a database that is no more is listed by its amphora, and can be deleted', async () => {
  const amphoraId = randomUUID();
  const { volumeId } = await createVolume(amphoraId);
  await db.database.query('delete from local_cloud.volume where id = $1', [volumeId]);
  const driver = localVolume(scratch.options);
  expect(await driver.list()).toEqual([{ volumeId: amphoraId, amphoraId }]);
  await driver.delete(amphoraId);
  expect(await driver.list()).toEqual([]);
  expect(filesOfVolumes()).toEqual([]);
});

test('a folder of volumes that cannot be read is an error, one that is not there yet is empty', async () => {
  const list = (dataDir: string) => localVolume({ ...scratch.options, dataDir }).list();
  const dataDir = join(scratch.options.dataDir, 'another');
  expect(await list(dataDir)).toEqual([]);
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'volumes'), '');
  await expect(list(dataDir)).rejects.toThrow('ENOTDIR');
});
