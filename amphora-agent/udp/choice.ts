import { access } from 'node:fs/promises';
import { run } from '../apply/command.ts';
import { BalancingOnDemand } from './balancing-on-demand.ts';
import type { IpVsBalancingOptions } from './ipvs-balancing.ts';

export interface BalancingOptions extends IpVsBalancingOptions {
  /** Members came or went. */
  changed(): void;
}

/** Who balances UDP and SCTP in this amphora: the kernel's IPVS as in the original's, or nftables where it has none. */
export async function chooseBalancing(
  wanted: 'auto' | 'ipvs' | 'nftables',
  options: BalancingOptions,
): Promise<BalancingOnDemand> {
  const { logger, unit } = options;
  const hasIpVs = wanted === 'auto' && (await kernelHasIpVs());
  const kind = hasIpVs || wanted === 'ipvs' ? 'ipvs' : 'nftables';
  logger.info({ udp_data_path: kind, wanted }, 'UDP and SCTP listeners are balanced by it');
  const load = kind === 'ipvs' ? loadIpVs : loadNft;
  return new BalancingOnDemand({ kind, paths: unit.paths, load: () => load(options) });
}

async function loadIpVs(options: BalancingOptions) {
  const { ipVsBalancing } = await import('./ipvs-balancing.ts');
  return ipVsBalancing(options);
}

async function loadNft(options: BalancingOptions) {
  const [{ NftBalancing }, { Flows }] = await Promise.all([
    import('./nft-balancing.ts'),
    import('./flows.ts'),
  ]);
  const { namespace, logger, unit } = options;
  return new NftBalancing({
    paths: unit.paths,
    namespace,
    flows: new Flows(namespace, logger),
    logger,
    changed: () => options.changed(),
  });
}

/** It may be a module that nobody has needed yet. */
async function kernelHasIpVs(): Promise<boolean> {
  await run(['modprobe', '-q', 'ip_vs']);
  return access('/proc/net/ip_vs').then(
    () => true,
    () => false,
  );
}
