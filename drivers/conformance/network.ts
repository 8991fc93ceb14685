import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DriverFailure, OctaviaError } from '#core/domain/errors.ts';
import type { AdditionalVip, Vip } from '#core/domain/vip.ts';
import type { CreatePort } from '#core/ports/network.ts';
import { type QosPolicyBench, qosPolicyConformance } from './qos-policy.ts';

export interface NetworkBench extends QosPolicyBench {
  /** A network whose first subnet is `subnetId`, of at least 250 free addresses. */
  readonly networkId: string;
  /** The same network's other one. */
  readonly ipv6SubnetId: string;
  /** Free now, in the subnet; another one at each call. */
  freeAddress(): string;
  readonly close: () => Promise<void>;
}

const OPEN_VIP: Vip = {
  address: null,
  subnetId: null,
  networkId: null,
  portId: null,
  qosPolicyId: null,
  securityGroupIds: [],
  vnicType: 'normal',
  isOctaviaOwned: false,
};

const SOMETHING = expect.stringMatching(/./);

/** What every network driver promises. */
export function networkConformance(name: string, open: () => Promise<NetworkBench>): void {
  describe(`network driver ${name}`, () => {
    let bench: NetworkBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());
    const request = (changes: Partial<CreatePort> = {}): CreatePort => ({
      name: `port-${randomUUID()}`,
      networkId: bench.networkId,
      deviceId: '',
      fixedIps: [],
      allowedAddresses: [],
      securityGroupIds: [],
      ...changes,
    });
    const allocate = (
      vip: Partial<Vip>,
      loadBalancerId: string = randomUUID(),
      additional: readonly AdditionalVip[] = [],
    ) => bench.driver.allocateVip(loadBalancerId, 'project', { ...OPEN_VIP, ...vip }, additional);

    test('a subnet has one free address less for each port, and one that does not exist none', async () => {
      const free = (subnetId: string) => bench.driver.countFreeAddresses?.(subnetId);
      const before = await free(bench.subnetId);
      if (before === undefined) return expect(bench.isBookkeeper).toBe(false);
      expect(before).toBeGreaterThanOrEqual(250);
      const port = await bench.driver.createPort(request());
      expect(await free(bench.subnetId)).toBe(before - 1);
      await bench.driver.deletePort(port.id);
      expect(await free(bench.subnetId)).toBe(before);
      expect(await free(bench.ipv6SubnetId)).toBeGreaterThan(1_000_000);
      expect(await free(randomUUID())).toBe(0);
    });

    test('a network and a subnet are found by their ids', async () => {
      const network = await bench.driver.getNetwork(bench.networkId);
      expect(network).toMatchObject({
        id: bench.networkId,
        subnetIds: expect.arrayContaining([bench.subnetId]),
      });
      const subnet = await bench.driver.getSubnet(bench.subnetId);
      expect(subnet).toMatchObject({ id: bench.subnetId, cidr: expect.stringMatching(/\/\d+$/) });
    });

    test('a subnet knows its network', async (context) => {
      context.skip(!bench.isBookkeeper, 'it makes networks up');
      const subnet = await bench.driver.getSubnet(bench.subnetId);
      expect(subnet?.networkId).toBe(bench.networkId);
    });

    test('a new port has an address and a MAC, and is found again', async () => {
      const port = await bench.driver.createPort(request({ deviceId: 'somebody' }));
      expect(port.fixedIps).toMatchObject([{ subnetId: bench.subnetId, ipAddress: SOMETHING }]);
      expect(port.macAddress).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      expect(await bench.driver.getPort(port.id)).toEqual(port);
      expect(await bench.driver.listPorts('somebody')).toEqual([port]);
      await bench.driver.deletePort(port.id);
      expect(await bench.driver.listPorts('somebody')).toEqual([]);
    });

    test('a second port of the same name is the first one', async () => {
      const wish = request();
      const first = await bench.driver.createPort(wish);
      expect(await bench.driver.createPort(wish)).toEqual(first);
      await bench.driver.deletePort(first.id);
    });

    test('a port gets the address that was asked for', async () => {
      const ipAddress = bench.freeAddress();
      const port = await bench.driver.createPort(
        request({ fixedIps: [{ subnetId: bench.subnetId, ipAddress }] }),
      );
      expect(port.fixedIps).toEqual([{ subnetId: bench.subnetId, ipAddress }]);
      await bench.driver.deletePort(port.id);
    });

    test('a port that the controller made is listed among its own until it is deleted', async (context) => {
      if (bench.driver.listOwnPorts === undefined) return context.skip();
      const name = `octavia-lb-vrrp-${randomUUID()}`;
      const { id } = await bench.driver.createPort(request({ name }));
      expect(await bench.driver.listOwnPorts()).toContainEqual(
        expect.objectContaining({ id, name }),
      );
      await bench.driver.deletePort(id);
      expect((await bench.driver.listOwnPorts()).map((port) => port.id)).not.toContain(id);
    });

    test('deleting a port twice is fine', async () => {
      const port = await bench.driver.createPort(request());
      await bench.driver.deletePort(port.id);
      await bench.driver.deletePort(port.id);
      await bench.driver.deletePort(randomUUID());
    });

    test.each(['networkId', 'subnetId'] as const)(
      'a VIP given by its %s alone is filled in completely',
      async (given) => {
        const { vip } = await allocate({ [given]: bench[given] });
        expect(vip).toMatchObject({
          address: SOMETHING,
          networkId: SOMETHING,
          subnetId: SOMETHING,
          portId: SOMETHING,
          isOctaviaOwned: true,
          [given]: bench[given],
        });
      },
    );

    test('a VIP that is allocated already stays as it is', async () => {
      const loadBalancerId = randomUUID();
      const first = await allocate({ subnetId: bench.subnetId }, loadBalancerId);
      expect(await allocate(first.vip, loadBalancerId)).toEqual(first);
      await bench.driver.deallocateVip(loadBalancerId, first.vip);
    });

    test('a VIP gets the address that was asked for', async () => {
      const address = bench.freeAddress();
      const { vip } = await allocate({ subnetId: bench.subnetId, address });
      expect(vip.address).toBe(address);
    });

    qosPolicyConformance({ bench: () => bench, request, allocate });

    test('giving a VIP back twice is fine', async () => {
      const loadBalancerId = randomUUID();
      const { vip } = await allocate({ subnetId: bench.subnetId }, loadBalancerId);
      await bench.driver.deallocateVip(loadBalancerId, vip);
      await bench.driver.deallocateVip(loadBalancerId, vip);
    });

    test('an IPv6 subnet gives IPv6 addresses', async (context) => {
      context.skip(!bench.isBookkeeper, 'it makes addresses up');
      expect(await bench.driver.getSubnet(bench.ipv6SubnetId)).toMatchObject({
        ipVersion: 6,
        cidr: expect.stringContaining(':'),
        gatewayIp: expect.stringContaining(':'),
        networkId: bench.networkId,
      });
      const loadBalancerId = randomUUID();
      const { vip } = await allocate({ subnetId: bench.ipv6SubnetId }, loadBalancerId);
      expect(vip.address).toContain(':');
      await bench.driver.deallocateVip(loadBalancerId, vip);
    });

    test('further addresses of a load balancer are filled in, and on the port of its VIP', async (context) => {
      context.skip(!bench.isBookkeeper, 'it makes addresses up');
      const loadBalancerId = randomUUID();
      const wanted = bench.freeAddress();
      const wishes = [further(bench.ipv6SubnetId), further(bench.subnetId, wanted)];
      const first = await allocate({ subnetId: bench.subnetId }, loadBalancerId, wishes);
      const { vip, additionalVips } = first;
      expect(additionalVips).toMatchObject([
        { ipAddress: expect.stringContaining(':'), portId: vip.portId },
        { ipAddress: wanted, portId: vip.portId, networkId: bench.networkId },
      ]);
      expect(await allocate(vip, loadBalancerId, additionalVips)).toEqual(first);
      const [port] = await bench.driver.listPorts(`lb-${loadBalancerId}`);
      expect(port?.fixedIps.map(({ ipAddress }) => ipAddress)).toEqual(
        [vip, ...additionalVips].map((each) => ('address' in each ? each.address : each.ipAddress)),
      );
      await bench.driver.deallocateVip(loadBalancerId, vip);
      const again = await allocate({ subnetId: bench.subnetId, address: wanted });
      expect(again.vip.address).toBe(wanted);
    });

    test('what does not exist is null', async (context) => {
      context.skip(!bench.isBookkeeper, 'it believes in whatever id it is given');
      expect(await bench.driver.getNetwork(randomUUID())).toBeNull();
      expect(await bench.driver.getSubnet(randomUUID())).toBeNull();
      expect(await bench.driver.getPort(randomUUID())).toBeNull();
      expect(await bench.driver.listPorts(randomUUID())).toEqual([]);
    });

    test('ports that are made at once all have addresses of their own', async (context) => {
      context.skip(!bench.isBookkeeper, 'it keeps no books of addresses');
      const made = await Promise.all(
        Array.from({ length: 40 }, () => bench.driver.createPort(request())),
      );
      expect(new Set(made.map((port) => port.fixedIps[0]?.ipAddress)).size).toBe(40);
      expect(new Set(made.map((port) => port.macAddress)).size).toBe(40);
      await Promise.all(made.map((port) => bench.driver.deletePort(port.id)));
    });

    test('of many who ask for the same address at once one gets it, and the others a conflict', async (context) => {
      context.skip(!bench.isBookkeeper, 'it keeps no books of addresses');
      const address = bench.freeAddress();
      const wishes = await Promise.allSettled(
        Array.from({ length: 10 }, () => allocate({ subnetId: bench.subnetId, address })),
      );
      const refused = wishes.filter((wish) => wish.status === 'rejected');
      expect(refused).toHaveLength(9);
      for (const { reason } of refused) {
        expect(reason).toBeInstanceOf(OctaviaError);
        expect(reason).toMatchObject({
          code: 'conflict',
          message: expect.stringContaining(address),
        });
      }
    });

    test('asking again for the VIP of a load balancer, with nothing filled in, gives the same', async (context) => {
      context.skip(!bench.isBookkeeper, 'it keeps no books of VIPs');
      const loadBalancerId = randomUUID();
      const wish = { subnetId: bench.subnetId };
      const both = await Promise.all([
        allocate(wish, loadBalancerId),
        allocate(wish, loadBalancerId),
      ]);
      expect(both[0]).toEqual(both[1]);
      await bench.driver.deallocateVip(loadBalancerId, both[0].vip);
    });

    test('the address of a VIP that was given back is free again', async (context) => {
      context.skip(!bench.isBookkeeper, 'it keeps no books of addresses');
      const loadBalancerId = randomUUID();
      const { vip } = await allocate({ subnetId: bench.subnetId }, loadBalancerId);
      await bench.driver.deallocateVip(loadBalancerId, vip);
      const again = await allocate({ subnetId: bench.subnetId, address: vip.address });
      expect(again.vip.address).toBe(vip.address);
    });

    test('a port that the user brought becomes the VIP port, and stays when the VIP is given back', async (context) => {
      context.skip(!bench.isBookkeeper, 'it forgets who made a port');
      const port = await bench.driver.createPort(request());
      const loadBalancerId = randomUUID();
      const { vip } = await allocate({ portId: port.id }, loadBalancerId);
      expect(vip).toMatchObject({
        portId: port.id,
        address: port.fixedIps[0]?.ipAddress,
        isOctaviaOwned: false,
      });
      await bench.driver.deallocateVip(loadBalancerId, vip);
      expect(await bench.driver.getPort(port.id)).toMatchObject({ id: port.id, deviceId: '' });
      await bench.driver.deletePort(port.id);
    });

    test('a port that belongs to another load balancer is refused', async (context) => {
      context.skip(!bench.isBookkeeper, 'it forgets who made a port');
      const { vip } = await allocate({ subnetId: bench.subnetId });
      await expect(allocate({ portId: vip.portId })).rejects.toThrow(OctaviaError);
    });

    test('a port on a network that does not exist is a permanent failure', async (context) => {
      context.skip(!bench.isBookkeeper, 'it believes in whatever id it is given');
      const refused = bench.driver.createPort(request({ networkId: randomUUID() }));
      await expect(refused).rejects.toThrow(DriverFailure);
      await expect(refused).rejects.toMatchObject({ isRetryable: false });
    });
  });
}

function further(subnetId: string, ipAddress: string | null = null): AdditionalVip {
  return { subnetId, ipAddress, portId: null, networkId: null };
}
