import { familyOf } from '#core/domain/ip-address.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { InterfaceFile } from '../render/interface-file.ts';
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
  // An address of the other family ends a batch there and then, with all that stands behind it.
  for (const family of [4, 6] as const) {
    const failures = await namespace.ipBatchAnyway(removalsOf(files, family), family);
    const left = failures.filter((failure) => !NOT_THERE.test(failure));
    if (left.length > 0) logger.error({ failures: left }, 'VIPs not given up without keepalived');
  }
}

function removalsOf(files: readonly InterfaceFile[], family: 4 | 6): readonly string[] {
  return files.flatMap(({ name, addresses }) =>
    addresses
      .filter(({ octavia_owned }) => octavia_owned === false)
      .filter(({ address = '' }) => familyOf(address) === family)
      .map(({ address, prefixlen }) => `address delete ${address}/${prefixlen} dev ${name}`),
  );
}
