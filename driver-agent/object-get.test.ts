import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  availabilityZoneProfiles,
  availabilityZones,
} from '#core/db/repositories/availability-zone.ts';
import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import {
  aHealthMonitor,
  aListener,
  aLoadBalancer,
  aMember,
  anL7Policy,
  anL7Rule,
  aPool,
} from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { getObject } from './object-get.ts';
import { secretReader } from './secrets.ts';
import { CERTIFICATE } from './testing/certificate.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
/** Knows every reference but those that say otherwise. */
const certificates: CertificateManager = {
  getTlsContainer: async (ref) =>
    ref.includes('gone')
      ? null
      : { certificatePem: CERTIFICATE, privateKeyPem: 'key', intermediatesPem: ['middle'] },
  getSecret: async (ref) => `PEM of ${ref}`,
};

let own: TestDatabase;
const loadBalancer = aLoadBalancer();
const pool = aPool(loadBalancer.id);
const listener = aListener(loadBalancer.id, {
  defaultPoolId: pool.id,
  sniContainerRefs: ['secret://sni', 'secret://gone'],
});
const member = aMember(pool.id);
const healthMonitor = aHealthMonitor(pool.id);
const redirected = aPool(loadBalancer.id, { createdAt: new Date('2026-02-01T00:00:00Z') });
const policy = anL7Policy(listener.id, { redirectPoolId: redirected.id });
const rule = anL7Rule(policy.id);
const deleted = aLoadBalancer({ provisioningStatus: 'DELETED' });
const poolOfDeleted = aPool(deleted.id);
const bare = aLoadBalancer({ flavorId: null, availabilityZone: null });

beforeAll(async () => {
  own = await createTestDatabase();
  await transaction(own.database, async (tx) => {
    for (const one of [loadBalancer, deleted, bare]) await loadBalancers.insert(tx, one);
    for (const one of [pool, redirected, poolOfDeleted]) await pools.insert(tx, one);
    await insertOffer(tx);
    await listeners.insert(tx, listener);
    await members.insert(tx, member);
    await healthMonitors.insert(tx, healthMonitor);
    await l7Policies.insert(tx, policy);
    await l7Rules.insert(tx, rule);
  });
});
afterAll(() => own.close());

/** What the load balancer's flavor and zone stand for. */
async function insertOffer(tx: Transaction): Promise<void> {
  const profile = { id: randomUUID(), name: 'any', providerName: 'ours' };
  const named = { name: 'any', description: null, isEnabled: true };
  await flavorProfiles.insert(tx, { ...profile, data: '{"speed": 9}' });
  await availabilityZoneProfiles.insert(tx, { ...profile, data: '{"rack": "b"}' });
  const flavorId = String(loadBalancer.flavorId);
  await flavors.insert(tx, { ...named, id: flavorId, flavorProfileId: profile.id });
  await availabilityZones.insert(tx, {
    ...named,
    name: String(loadBalancer.availabilityZone),
    availabilityZoneProfileId: profile.id,
  });
}

type Read = Readonly<Record<string, unknown>>;
const get = async (object: unknown, id: unknown, isOldOctaviaLib = false): Promise<Read> =>
  (await getObject(
    { database: own.database, secrets: secretReader(certificates, silent), isOldOctaviaLib },
    { object, id },
  )) as Read;

test('a load balancer comes with its VIP, listeners, pools, members and monitors', async () => {
  expect(await get('loadbalancers', loadBalancer.id)).toMatchObject({
    loadbalancer_id: loadBalancer.id,
    admin_state_up: true,
    project_id: 'project',
    vip_address: '10.0.0.9',
    vip_sg_ids: loadBalancer.vip.securityGroupIds,
    additional_vips: [{ ip_address: '10.1.0.9', port_id: null }],
    flavor: { speed: 9 },
    availability_zone: { rack: 'b' },
    listeners: [{ listener_id: listener.id, default_pool: { pool_id: pool.id } }],
    pools: [
      {
        pool_id: pool.id,
        listener_id: listener.id,
        members: [{ member_id: member.id, address: '10.0.0.21', backup: true }],
        healthmonitor: { healthmonitor_id: healthMonitor.id, delay: 5, http_version: 1.1 },
      },
      { pool_id: redirected.id, listener_id: listener.id },
    ],
  });
});

test('a load balancer without children, flavor and zone has null in their place', async () => {
  const nothing = { listeners: null, pools: null, flavor: null, availability_zone: null };
  expect(await get('loadbalancers', bare.id)).toMatchObject(nothing);
});

test('a listener brings its TLS material, and what cannot be read is left out', async () => {
  const blob = {
    id: createHash('sha1').update(CERTIFICATE).digest('hex'),
    primary_cn: 'www.example.org',
    certificate: CERTIFICATE,
    private_key: 'key',
    passphrase: null,
    intermediates: ['middle'],
  };
  expect(await get('listeners', listener.id)).toMatchObject({
    default_tls_container_ref: 'secret://tls',
    default_tls_container_data: blob,
    sni_container_refs: ['secret://sni', 'secret://gone'],
    sni_container_data: [blob],
    client_ca_tls_container_data: 'PEM of secret://ca',
    client_crl_container_data: 'PEM of secret://crl',
    l7policies: [{ l7policy_id: policy.id, rules: [{ l7rule_id: rule.id, key: 'X-App' }] }],
    hsts_max_age: 31_536_000,
  });
});

test('a pool brings its TLS material and the listener that uses it', async () => {
  expect(await get('pools', pool.id)).toMatchObject({
    listener_id: listener.id,
    session_persistence: { type: 'APP_COOKIE', cookie_name: 'id', persistence_timeout: null },
    tls_container_data: { private_key: 'key' },
    ca_tls_container_data: 'PEM of secret://pool-ca',
    crl_container_data: 'PEM of secret://pool-crl',
  });
});

test.each([
  ['members', member.id, 'member_id'],
  ['healthmonitors', healthMonitor.id, 'healthmonitor_id'],
])('one of the %s is read alone', async (object, id, field) => {
  expect(await get(object, id)).toMatchObject({ [field]: id, pool_id: pool.id });
});

test('an L7 policy is read with its rules, a rule alone', async () => {
  expect(await get('l7policies', policy.id)).toMatchObject({
    l7policy_id: policy.id,
    listener_id: listener.id,
    redirect_pool_id: redirected.id,
    rules: [{ l7rule_id: rule.id }],
  });
  expect(await get('l7rules', rule.id)).toMatchObject({
    l7rule_id: rule.id,
    l7policy_id: policy.id,
    invert: true,
  });
});

test('an old client gets nothing that it does not know, at any depth', async () => {
  const text = JSON.stringify(await get('loadbalancers', loadBalancer.id, true));
  expect(text).not.toMatch(/vip_sg_ids|hsts_|vnic_type/);
  expect(JSON.stringify(await get('loadbalancers', loadBalancer.id))).toMatch(/vnic_type/);
});

test('nothing tells of statuses, tags or times', async () => {
  const text = JSON.stringify(await get('loadbalancers', loadBalancer.id));
  expect(text).not.toMatch(/_status|tags|created_at|updated_at|provider|topology/);
});

test.each([
  ['a deleted load balancer', 'loadbalancers', deleted.id],
  ['a pool of a deleted load balancer', 'pools', poolOfDeleted.id],
  ['an unknown id', 'listeners', randomUUID()],
  ['an id that is none', 'members', "' or 1=1"],
  ['an L7 policy', 'l7policies', randomUUID()],
])('for %s the answer is empty', async (_what, object, id) => {
  expect(await get(object, id)).toEqual({});
});

test.each([undefined, 'amphorae', 'constructor', 7])(
  'a request for %j is refused with what there is',
  async (object) => {
    await expect(get(object, loadBalancer.id)).rejects.toThrow(
      'it must be one of loadbalancers, listeners, pools',
    );
  },
);
