import type { Logger } from '#core/ports/logger.ts';
import type { InterfaceFile } from '../render/interface-file.ts';
import { addressChanges } from './address-changes.ts';
import { startDhcp } from './dhcp.ts';
import type { Link } from './link-state.ts';
import { linksInside } from './link-state.ts';
import { type HaproxyNamespace, NetworkFailure } from './namespace.ts';
import { routeChanges } from './route-changes.ts';
import { ruleChanges } from './rule-changes.ts';

/**
 * Makes an interface of the namespace what its file says. It may be repeated: only what differs is changed, so that
 * a second call disturbs no connection. A route that the kernel refuses is logged and the others are made.
 */
export async function interfaceUp(
  namespace: HaproxyNamespace,
  file: InterfaceFile,
  logger: Logger,
): Promise<void> {
  const link = (await linksInside(namespace)).find((each) => each.name === file.name);
  if (link === undefined)
    throw new NetworkFailure(`interface ${file.name} is not in namespace ${namespace.name}`);
  await namespace.ipBatch([...linkChanges(link, file), ...addressChanges(link, file)]);
  await askForAddresses(namespace, file, logger);
  if (file.if_type === 'lo') return;

  const failures = await Promise.all([routing(namespace, file, 4), routing(namespace, file, 6)]);
  if (failures.flat().length > 0)
    logger.warn({ interface: file.name, failures: failures.flat() }, 'routes not made');
}

/** Routes and rules of one family; answers what the kernel refused. */
async function routing(
  namespace: HaproxyNamespace,
  file: InterfaceFile,
  family: 4 | 6,
): Promise<readonly string[]> {
  const [routes, rules] = await Promise.all([
    routeChanges(namespace, file, family),
    ruleChanges(namespace, file, family),
  ]);
  return namespace.ipBatchAnyway([...routes, ...rules], family);
}

function linkChanges(link: Link, file: InterfaceFile): readonly string[] {
  const mtu = file.mtu !== undefined && file.mtu !== link.mtu ? [`mtu ${file.mtu}`] : [];
  const up = link.isUp ? [] : ['up'];
  const changes = [...mtu, ...up];
  return changes.length === 0 ? [] : [`link set dev ${file.name} ${changes.join(' ')}`];
}

async function askForAddresses(
  namespace: HaproxyNamespace,
  { addresses, name }: InterfaceFile,
  logger: Logger,
): Promise<void> {
  if (addresses.some((each) => each.ipv6auto)) {
    const folder = `net/ipv6/conf/${name}`;
    await namespace.set([`${folder}/accept_ra=2`, `${folder}/autoconf=1`]);
  }
  if (addresses.some((each) => each.dhcp)) await startDhcp(namespace, name, logger);
}
