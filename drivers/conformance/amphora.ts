import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { AmphoraDriver, VipPlug } from '#core/ports/amphora.ts';

export interface AmphoraBench {
  readonly driver: AmphoraDriver;
  /** One that runs and was told nothing yet. */
  readonly amphora: Amphora;
  /** Of a port that is attached to it, by addresses that are not its own. */
  readonly plug: VipPlug;
  /** An address that it never has. */
  readonly elsewhere: string;
  /** A load balancer of one amphora with a listener. */
  readonly tree: LoadBalancerTree;
  readonly certificatePem: string;
  readonly agentConfig: string;
  /** One that does not answer. Absent: all of them do. */
  readonly silent?: Amphora;
  readonly close: () => Promise<void>;
}

const PATIENCE = { attemptsMax: 200, intervalMs: 50 };
const IMPATIENCE = { attemptsMax: 1, intervalMs: 1 };

/** What every amphora driver promises: the life of one amphora, in which each call comes twice, as after a crash. */
export function amphoraConformance(name: string, open: () => Promise<AmphoraBench>): void {
  describe(`amphora driver ${name}`, () => {
    let bench: AmphoraBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());

    test('an amphora says what it is', async () => {
      const { driver, amphora } = bench;
      expect(await driver.getInfo(amphora, PATIENCE)).toEqual({
        hostname: expect.stringMatching(/./),
        apiVersion: expect.stringMatching(/^\d+\.\d+$/),
        haproxyVersion: expect.stringMatching(/^\d+\.\d+/),
      });
    });

    test('one that does not answer is worth another try', async (context) => {
      const { driver, silent } = bench;
      if (silent === undefined) return context.skip('all of its amphorae answer');
      const asked = driver.getInfo(silent, IMPATIENCE);
      await expect(asked).rejects.toThrow(DriverFailure);
      await expect(asked).rejects.toMatchObject({ isRetryable: true });
    });

    test('the VIP is plugged, and the amphora then tells which interface has its address', async () => {
      const { driver, amphora, plug } = bench;
      await twice(() => driver.plugVip(amphora, plug));
      const own = await driver.findInterface(amphora, plug.vrrpIp, PATIENCE);
      expect(own).toMatch(/./);
      expect(await driver.findInterface(amphora, bench.elsewhere, PATIENCE)).toBeNull();
    });

    test('a load balancer is served as it is, with nothing refused', async () => {
      const { driver, amphora, tree } = bench;
      expect(await twice(() => driver.applyLoadBalancer(amphora, tree))).toEqual([[], []]);
    });

    test('of a load balancer with one amphora no VRRP is made', async () => {
      const { driver, amphora, tree } = bench;
      await twice(() => driver.applyVrrp(amphora, tree));
    });

    test('without its last listener nothing is served any more', async () => {
      const { driver, amphora, tree } = bench;
      const going = { provisioningStatus: 'PENDING_DELETE' } as const;
      const listeners = tree.listeners.map((each) => ({ ...each, ...going }));
      const emptied = { ...tree, listeners };
      expect(await twice(() => driver.applyLoadBalancer(amphora, emptied))).toEqual([[], []]);
    });

    test('a new certificate and a new configuration are taken, and it still answers', async () => {
      const { driver, amphora, certificatePem, agentConfig } = bench;
      await twice(() => driver.uploadAgentConfig(amphora, agentConfig));
      await twice(() => driver.uploadCertificate(amphora, certificatePem));
      await expect(driver.getInfo(amphora, PATIENCE)).resolves.toBeDefined();
    });
  });
}

async function twice<Answer>(call: () => Promise<Answer>): Promise<readonly Answer[]> {
  return [await call(), await call()];
}
