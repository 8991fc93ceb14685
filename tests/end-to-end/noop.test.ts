import { chown } from 'node:fs/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CloudProcess } from '../../deploy/one-box/cloud-process.ts';
import { ApiClient, type ApiLoadBalancer } from '../../deploy/one-box/demo/api-client.ts';
import type { CloudState } from '../../deploy/one-box/state-file.ts';
import { type OwnCloud, ownCloud, remainsOfCloud } from './testing/own-cloud.ts';

const NOBODY = 65_534;
const SUBNET_ID = '0b3b4d60-1f0a-4a6c-9d1e-5a0f6f1f2c11';
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];

let cloud: OwnCloud;
let state: CloudState;

beforeAll(async () => {
  cloud = await ownCloud('e');
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(cloud.dataDir, NOBODY, NOBODY);
  const args = [...cloud.args, '--drivers=noop'];
  cloud.process = new CloudProcess(cloud.dataDir, args, () => {}, isRoot ? AS_NOBODY : []);
  state = await cloud.process.start();
});

afterAll(async () => {
  await cloud.remove();
});

test('without root the noop drivers take a load balancer through its life', async () => {
  const api = new ApiClient(state.apiUrl);
  const { loadbalancer } = await api.lbaas<{ loadbalancer: ApiLoadBalancer }>(
    'POST',
    'loadbalancers',
    {
      loadbalancer: { name: 'noop', vip_subnet_id: SUBNET_ID },
    },
  );
  expect(loadbalancer.provisioning_status).toBe('PENDING_CREATE');
  await api.untilActive(loadbalancer.id);
  const { status } = await api.call('DELETE', `/v2.0/lbaas/loadbalancers/${loadbalancer.id}`);
  expect(status).toBe(204);
  await api.untilGone(loadbalancer.id);
});

test('its PostgreSQL and its Redis answer nobody on the machine who does not know their passwords', async () => {
  const database = new pg.Client(withoutPassword(state.postgresUrl));
  await expect(database.connect()).rejects.toThrow(/password/);
  const redis = new Redis(withoutPassword(state.redisUrl), { lazyConnect: true });
  redis.on('error', () => {});
  await expect(redis.set('a', 'b')).rejects.toThrow('NOAUTH');
  redis.disconnect();
});

test('it too leaves no process behind', async () => {
  await cloud.process.stop();
  expect(await cloud.process.ended()).toBe('exit code 0');
  expect(remainsOfCloud(cloud)).toEqual([]);
});

function withoutPassword(text: string): string {
  const url = new URL(text);
  url.password = '';
  return url.href;
}
