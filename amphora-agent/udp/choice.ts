import { access } from 'node:fs/promises';
import { run } from '../apply/command.ts';
import { Flows } from './flows.ts';
import { type IpVsBalancing, type IpVsBalancingOptions, ipVsBalancing } from './ipvs-balancing.ts';
import { NftBalancing } from './nft-balancing.ts';

export interface BalancingOptions extends IpVsBalancingOptions {
  /** Members came or went. */
  changed(): void;
}

/** Who balances UDP and SCTP in this amphora: the kernel's IPVS as in the original's, or nftables where it has none. */
export async function chooseBalancing(
  wanted: 'auto' | 'ipvs' | 'nftables',
  options: BalancingOptions,
): Promise<IpVsBalancing | NftBalancing> {
  const { namespace, logger, unit } = options;
  const hasIpVs = wanted === 'auto' && (await kernelHasIpVs());
  const line = { udp_data_path: hasIpVs || wanted === 'ipvs' ? 'ipvs' : 'nftables', wanted };
  logger.info(line, 'UDP and SCTP listeners are balanced by it');
  if (line.udp_data_path === 'ipvs') return ipVsBalancing(options);
  const flows = new Flows(namespace, logger);
  return new NftBalancing({
    paths: unit.paths,
    namespace,
    flows,
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
