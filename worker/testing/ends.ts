import { expect } from 'vitest';
import { missingRoles } from '#core/domain/amphora.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { request, type Scenario, statusesOf, storedTree } from './scenario.ts';

/** No status is pending, and the cloud has nothing that no row knows of. */
export async function expectSettled(scenario: Scenario): Promise<LoadBalancerTree> {
  const found = await storedTree(scenario);
  const pending = Object.values(statusesOf(found)).filter((one) => one.startsWith('PENDING'));
  expect(pending).toEqual([]);
  const amphoraStatuses = found.amphorae.map(({ status }) => status);
  expect(amphoraStatuses.filter((one) => !/ALLOCATED|ERROR|DELETED/.test(one))).toEqual([]);
  await expectNoOrphans(scenario);
  return found;
}

/** The cloud has no machine, no volume and no port that no row of an amphora leads to. */
export async function expectNoOrphans({ database, cloud }: Scenario): Promise<void> {
  const machines = await cloud.machines.all();
  const volumes = await cloud.volumes.all();
  const ports = await cloud.ports.all();
  const known = await database.query<{ id: string; computeId: string | null }>(
    `select id, compute_id as "computeId" from amphora
     where status <> 'DELETED' and (id = any($1) or compute_id = any($2))`,
    [
      [...machines, ...volumes].map(({ amphoraId }) => amphoraId),
      ports.map(({ deviceId }) => deviceId),
    ],
  );
  const ids = known.rows.map(({ id }) => id);
  expect(machines.filter(({ amphoraId }) => !ids.includes(amphoraId))).toEqual([]);
  expect(volumes.filter(({ amphoraId }) => !ids.includes(amphoraId))).toEqual([]);
  const devices = [
    ...machines.map(({ computeId }) => computeId),
    ...known.rows.map(({ computeId }) => computeId),
  ];
  expect(ports.filter(({ deviceId }) => !devices.includes(deviceId))).toEqual([]);
}

/** As many amphorae as the topology has, each in its role, with one machine, which boots from a volume, and one port on the VIP network. */
export async function expectWhole(scenario: Scenario): Promise<void> {
  const { cloud, family } = scenario;
  const living = (await storedTree(scenario)).amphorae.filter((one) => one.status !== 'DELETED');
  expect(living.map(({ status, role }) => `${status} ${role}`).toSorted()).toEqual(
    missingRoles(family.topology, [])
      .map((role) => `ALLOCATED ${role}`)
      .toSorted(),
  );
  const ports = (await cloud.ports.all()).filter(({ name }) => name.startsWith('octavia-lb-vrrp-'));
  for (const { id, computeId, vrrpPortId } of living) {
    const machine = await cloud.machines.get(computeId ?? '');
    expect(machine).toMatchObject({ amphoraId: id, fault: null });
    expect(machine?.portIds).toContain(vrrpPortId);
    const volume = await cloud.volumes.get(machine?.spec.bootVolumeId ?? '');
    expect(volume).toMatchObject({ amphoraId: id, status: 'AVAILABLE' });
    const own = ports.filter(({ deviceId }) => deviceId === computeId);
    expect(own.map((port) => port.id)).toEqual([vrrpPortId]);
  }
  const group = await cloud.serverGroups.get(`octavia-lb-${family.loadBalancerId}`);
  expect(group !== null).toBe(family.topology === Topology.ActiveStandby);
}

/** Deletes the load balancer. Nothing of it is left in the cloud or in the quota. */
export async function expectDeletable(scenario: Scenario): Promise<void> {
  await request(scenario, 'load-balancer-delete');
  await expectNothingLeft(scenario);
}

export async function expectNothingLeft(scenario: Scenario): Promise<void> {
  const { cloud, database } = scenario;
  const { loadBalancerId, projectId } = scenario.family;
  await expectNoOrphans(scenario);
  for (const { id, status } of (await storedTree(scenario)).amphorae) {
    expect(status).toBe('DELETED');
    expect((await cloud.machines.all()).filter((one) => one.amphoraId === id)).toEqual([]);
    expect((await cloud.volumes.all()).filter((one) => one.amphoraId === id)).toEqual([]);
  }
  expect(await cloud.vipPorts.get(loadBalancerId)).toBeNull();
  expect(await cloud.serverGroups.get(`octavia-lb-${loadBalancerId}`)).toBeNull();
  const quota = await database.query('select * from quota where project_id = $1', [projectId]);
  expect(quota.rows[0]).toMatchObject({
    load_balancer_in_use: 0,
    listener_in_use: 0,
    pool_in_use: 0,
    member_in_use: 0,
    health_monitor_in_use: 0,
    l7_policy_in_use: 0,
    l7_rule_in_use: 0,
  });
}
