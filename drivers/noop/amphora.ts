import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { AmphoraDriver, NetworkPlug, VipPlug } from '#core/ports/amphora.ts';
import { Faults } from './faults.ts';
import type { NoopStore } from './store.ts';

/** What one amphora was told last. */
export interface NoopAmphora {
  readonly amphoraId: string;
  readonly vip: VipPlug | null;
  /** By MAC. */
  readonly networks: Readonly<Record<string, NetworkPlug>>;
  readonly served: LoadBalancerTree | null;
  readonly pair: LoadBalancerTree | null;
  readonly certificatePem: string | null;
  readonly config: string | null;
}

export interface NoopAmphoraOptions {
  /** By amphora. Absent: nothing is kept, since nobody would ever tell that an amphora is gone. */
  readonly amphorae?: NoopStore<NoopAmphora>;
  readonly faults?: Faults;
}

/** Amphorae that agree to everything and do nothing. */
export function noopAmphora({
  amphorae,
  faults = new Faults(),
}: NoopAmphoraOptions = {}): AmphoraDriver {
  const reach = (method: string): Promise<void> => faults.reach(`amphora.${method}`);
  const keep = async (
    method: string,
    { id }: Amphora,
    change: (before: NoopAmphora) => Partial<NoopAmphora>,
  ): Promise<void> => {
    await reach(method);
    if (amphorae === undefined) return;
    const before = (await amphorae.get(id)) ?? untold(id);
    await amphorae.put(id, { ...before, ...change(before) });
  };
  return {
    async getInfo(amphora) {
      await reach('getInfo');
      return { hostname: `amphora-${amphora.id}`, apiVersion: '1.0', haproxyVersion: '2.6.12' };
    },
    plugVip: (amphora, vip) => keep('plugVip', amphora, () => ({ vip })),
    plugNetwork: (amphora, plug) =>
      keep('plugNetwork', amphora, ({ networks }) => ({
        networks: { ...networks, [plug.macAddress]: plug },
      })),
    async applyLoadBalancer(amphora, served) {
      await keep('applyLoadBalancer', amphora, () => ({ served }));
      return [];
    },
    applyVrrp: (amphora, pair) => keep('applyVrrp', amphora, () => ({ pair })),
    async findInterface(amphora, address) {
      await reach('findInterface');
      const hasVip = amphora.role !== 'BACKUP';
      return address === amphora.vrrpIp || hasVip ? 'eth1' : null;
    },
    uploadCertificate: (amphora, certificatePem) =>
      keep('uploadCertificate', amphora, () => ({ certificatePem })),
    uploadAgentConfig: (amphora, config) => keep('uploadAgentConfig', amphora, () => ({ config })),
  };
}

function untold(amphoraId: string): NoopAmphora {
  return {
    amphoraId,
    vip: null,
    networks: {},
    served: null,
    pair: null,
    certificatePem: null,
    config: null,
  };
}
