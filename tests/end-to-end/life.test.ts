import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CloudProcess } from '../../deploy/one-box/cloud-process.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { isAlive, readState } from '../../deploy/one-box/state-file.ts';
import { needsRoot, type OwnCloud, ownCloud, remainsOfCloud } from './testing/own-cloud.ts';
import { type ServedWeb, serveWeb, untilServing } from './testing/served-web.ts';

const run = promisify(execFile);
const DEMO = join(import.meta.dirname, '../../deploy/one-box/demo/main.ts');
const isRoot = process.getuid?.() === 0;
const SERVING_AGAIN_MS = 60_000;

let cloud: OwnCloud;
let scene: Scene;
let web: ServedWeb;

beforeAll(async () => {
  cloud = await ownCloud('b');
  if (!isRoot) return;
  scene = await cloud.start();
});

afterAll(async () => {
  await cloud.remove();
});

beforeEach(needsRoot);

test('every line of the demo is true: traffic, the death of a member, the death of an amphora', async () => {
  const { stdout } = await run(process.execPath, [DEMO, '--data-dir', cloud.dataDir]);
  expect(stdout).toContain('no namespace, no port and no address is left');
  expect(stdout).not.toContain('NOT TRUE');
});

test('a second start on the same data folder is refused in one line', async () => {
  const second = new CloudProcess(cloud.dataDir, cloud.args);
  await expect(second.start()).rejects.toThrow('exit code 1');
  expect(second.output.split('\n')).toEqual([
    expect.stringMatching(
      new RegExp(`runs already, as process ${cloud.process.pid}: stop that one`),
    ),
  ]);
  expect(cloud.process.pid).toBe(readState(cloud.dataDir)?.supervisor.pid);
});

test('a load balancer serves again within seconds of a restart', async () => {
  web = await serveWeb(scene, 'restart');
  await cloud.process.stop();
  expect(await cloud.process.ended()).toBe('exit code 0');
  scene = await cloud.start();
  for (const server of web.servers) await server.start();
  await untilServing(web.url, SERVING_AGAIN_MS);
  expect((await scene.api.loadBalancer(web.loadBalancer.id)).provisioning_status).toBe('ACTIVE');
});

test('after a supervisor that was killed, the next start cleans up and serves again', async () => {
  const before = readState(cloud.dataDir);
  await cloud.process.kill();
  scene = await cloud.start();
  const left = Object.entries(before?.processes ?? {}).filter(([, known]) => isAlive(known));
  expect(left).toEqual([]);
  for (const server of web.servers) await server.start();
  await untilServing(web.url, SERVING_AGAIN_MS);
});

test('a stopped cloud leaves no process, namespace, bridge, veth or filter behind', async () => {
  expect(remainsOfCloud(cloud)).not.toEqual([]);
  await cloud.process.stop();
  expect(remainsOfCloud(cloud)).toEqual([]);
});
