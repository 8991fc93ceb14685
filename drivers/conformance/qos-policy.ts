import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Vip } from '#core/domain/vip.ts';
import type { AllocatedVip, CreatePort, NetworkDriver } from '#core/ports/network.ts';

export interface QosPolicyBench {
  readonly driver: NetworkDriver;
  readonly subnetId: string;
  /** Two that a port may obey. */
  readonly qosPolicyIds: readonly [string, string];
  /** False: it believes in whatever id it is given, and hands an address out as often as it is asked. */
  readonly isBookkeeper: boolean;
}

interface QosPolicyCase {
  readonly bench: () => QosPolicyBench;
  readonly request: (changes?: Partial<CreatePort>) => CreatePort;
  readonly allocate: (vip: Partial<Vip>, loadBalancerId: string) => Promise<AllocatedVip>;
}

/** What every network driver that knows QoS policies promises of them. */
export function qosPolicyConformance({ bench, request, allocate }: QosPolicyCase): void {
  test('a port is made with a QoS policy, obeys another one later, and then none', async () => {
    const [first, second] = bench().qosPolicyIds;
    const made = await bench().driver.createPort(request({ qosPolicyId: first }));
    const obeyed = async () => (await bench().driver.getPort(made.id))?.qosPolicyId;
    expect([made.qosPolicyId, await obeyed()]).toEqual([first, first]);
    for (const policyId of [second, second, null, null]) {
      await bench().driver.applyQosPolicy?.(made.id, policyId);
      expect(await obeyed()).toBe(policyId);
    }
    await bench().driver.deletePort(made.id);
  });

  test('a VIP may have a QoS policy, which stays its own', async () => {
    const [qosPolicyId] = bench().qosPolicyIds;
    const loadBalancerId = randomUUID();
    const wish = { subnetId: bench().subnetId, qosPolicyId };
    const { vip } = await allocate(wish, loadBalancerId);
    expect(vip.qosPolicyId).toBe(qosPolicyId);
    expect((await allocate(vip, loadBalancerId)).vip).toEqual(vip);
    await bench().driver.deallocateVip(loadBalancerId, vip);
  });

  test('a QoS policy that is there is found, and one that is not is a permanent failure', async (context) => {
    for (const id of bench().qosPolicyIds)
      expect(await bench().driver.hasQosPolicy?.(id)).toBe(true);
    context.skip(!bench().isBookkeeper, 'it believes in whatever id it is given');
    const gone = randomUUID();
    expect(await bench().driver.hasQosPolicy?.(gone)).toBe(false);
    const port = await bench().driver.createPort(request());
    for (const refused of [
      bench().driver.createPort(request({ qosPolicyId: gone })),
      bench().driver.applyQosPolicy?.(port.id, gone),
    ])
      await expect(refused).rejects.toMatchObject({
        isRetryable: false,
        message: expect.stringContaining(gone),
      });
    const nowhere = bench().driver.applyQosPolicy?.(gone, null);
    await expect(nowhere).rejects.toMatchObject({ isRetryable: false });
    await bench().driver.deletePort(port.id);
  });
}
