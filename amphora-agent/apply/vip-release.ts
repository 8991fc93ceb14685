import type { Logger } from '#core/ports/logger.ts';
import { readInterfaceFiles } from './interface-files.ts';
import type { HaproxyNamespace } from './namespace.ts';

const NOT_THERE = /Cannot assign requested address|Cannot find device/;

/**
 * Takes away the VIPs that keepalived added, when it can neither keep them nor give them up: the other amphora has
 * them by now, and two that answer for one address are worse than one.
 */
export async function releaseVips(
  namespace: HaproxyNamespace,
  interfaceFolder: string,
  logger: Logger,
): Promise<void> {
  const files = await readInterfaceFiles(interfaceFolder);
  const lines = files.flatMap(({ name, addresses }) =>
    addresses
      .filter((each) => each.octavia_owned === false)
      .map(({ address, prefixlen }) => `address delete ${address}/${prefixlen} dev ${name}`),
  );
  const failures = await namespace.ipBatchAnyway(lines, 4);
  const left = failures.filter((failure) => !NOT_THERE.test(failure));
  if (left.length > 0) logger.error({ failures: left }, 'VIPs not given up without keepalived');
}
