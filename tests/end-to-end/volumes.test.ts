import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { diskProblem } from '#drivers/local/volume-disk.ts';
import { CloudProcess } from '../../deploy/one-box/cloud-process.ts';
import { until } from '../../deploy/one-box/demo/api-client.ts';
import { openScene, type Scene } from '../../deploy/one-box/demo/scene.ts';
import { needsRoot, type OwnCloud, ownCloud, remainsOfCloud } from './testing/own-cloud.ts';
import { type ServedWeb, serveWeb, untilServing } from './testing/served-web.ts';

const OWN = `
[controller_worker]
volume_driver = volume_local_driver
amp_image_tag = amphora
[nova]
availability_zone = az1
[cinder]
volume_size = 1
`;
const PATIENCE_MS = 60_000;

let cloud: OwnCloud;
let scene: Scene;
let web: ServedWeb;

beforeAll(async () => {
  cloud = await ownCloud('f');
  if (process.getuid?.() !== 0 || diskProblem() !== null) return;
  const configFile = join(cloud.dataDir, 'own.conf');
  await writeFile(configFile, OWN);
  cloud.process = new CloudProcess(cloud.dataDir, [...cloud.args, `--config-file=${configFile}`]);
  scene = openScene(await cloud.process.start());
});

afterAll(async () => {
  await scene?.close();
  await cloud.remove();
});

beforeEach((context) => {
  needsRoot(context);
  const problem = diskProblem();
  context.skip(problem !== null, problem ?? '');
});

const amphoraIds = (text: string): readonly string[] =>
  [...text.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)].map(([id]) => id).toSorted();

/** The amphorae that have a volume's file on the host, and those whose folder lies in one. */
function volumesOnHost(): {
  readonly files: readonly string[];
  readonly mounted: readonly string[];
} {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${cloud.dataDir}/`));
  return {
    files: amphoraIds(readdirSync(join(cloud.dataDir, 'volumes')).join('\n')),
    mounted: amphoraIds(mounts.join('\n')),
  };
}

async function amphoraIdsOf(loadBalancerId: string): Promise<readonly string[]> {
  return (await scene.api.amphorae(loadBalancerId)).map(({ id }) => id).toSorted();
}

test('an amphora boots from a volume of its own, and says where it is and of which image', async () => {
  web = await serveWeb(scene, 'volumes');
  const ids = await amphoraIdsOf(web.loadBalancer.id);
  expect(ids).toHaveLength(1);
  expect(volumesOnHost()).toEqual({ files: ids, mounted: ids });
  const { body } = await scene.api.call('GET', `/v2.0/octavia/amphorae/${ids[0]}`);
  expect(body).toMatchObject({
    amphora: { cached_zone: 'az1', image_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
});

test('a failover gives the new amphora a volume, and takes that of the old away', async () => {
  const before = await amphoraIdsOf(web.loadBalancer.id);
  await scene.api.lbaas('PUT', `loadbalancers/${web.loadBalancer.id}/failover`);
  await scene.api.untilActive(web.loadBalancer.id, PATIENCE_MS);
  const after = await amphoraIdsOf(web.loadBalancer.id);
  expect(after.filter((id) => before.includes(id))).toEqual([]);
  expect(volumesOnHost()).toEqual({ files: after, mounted: after });
  await untilServing(web.url);
});

test('after the deletion no volume is left, and nothing when the cloud has stopped', async () => {
  await scene.api.lbaas('DELETE', `loadbalancers/${web.loadBalancer.id}?cascade=true`);
  await scene.api.untilGone(web.loadBalancer.id, PATIENCE_MS);
  await until('no volume is left', PATIENCE_MS, () => volumesOnHost().files.length === 0);
  expect(volumesOnHost().mounted).toEqual([]);
  await cloud.process.stop();
  expect(remainsOfCloud(cloud)).toEqual([]);
});
