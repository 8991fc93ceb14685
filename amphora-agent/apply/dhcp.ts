import type { Logger } from '#core/ports/logger.ts';
import type { HaproxyNamespace } from './namespace.ts';

/** Only a port without a fixed address needs it; Octavia's controllers give one to every port. */
export async function startDhcp(
  namespace: HaproxyNamespace,
  interfaceName: string,
  logger: Logger,
): Promise<void> {
  const result = await namespace.exec(['dhclient', '-nw', interfaceName]);
  if (result.status !== 0)
    logger.error(
      { interface: interfaceName, output: result.output },
      'no address by DHCP: dhclient failed or is not installed',
    );
}
