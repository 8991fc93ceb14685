import type { HaproxyNamespace } from '../apply/namespace.ts';
import { ServiceFailure } from '../service-manager.ts';
import type { Flows } from './flows.ts';
import type { LvsService } from './lvs-listener.ts';
import { renderRemoved, renderStopped, renderTable, tableName } from './nft-table.ts';
import { type ServedListener, sentMarks, withActive } from './served-listener.ts';

/** The kernel, as far as it balances. */
export interface RulesHost {
  readonly namespace: HaproxyNamespace;
  readonly flows: Flows;
}

// A client and a member of one network would be told to speak directly, which only one of them knows how to do.
const NO_REDIRECTS =
  'for file in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 > "$file"; done';
/** As long as IPVS keeps a silent client's member; for those that only asked once the kernel's half minute is enough. */
const FLOW_TIMEOUT = 'net/netfilter/nf_conntrack_udp_timeout_stream=300';

/**
 * Puts a listener's rules in force, in one step, and takes away the connections to members that are no longer in
 * them. Connections to all others go on.
 * @param previous what was in force: null when nothing was
 * @throws ServiceFailure when the kernel refuses; then what was in force stays
 */
export async function loadRules(
  { namespace, flows }: RulesHost,
  next: ServedListener,
  previous: ServedListener | null,
  active: ReadonlyMap<number, number>,
): Promise<void> {
  const { id } = next.listener;
  const rules = rulesOf(next, active);
  const sent = sentMarks(next);
  const gone = [...(previous?.sent ?? [])].filter(([mark]) => !sent.has(mark));
  await nft(namespace, id, 'start', rules);
  next.rules = rules;
  next.sent = sent;
  for (const [mark, service] of gone) await flows.forgetMember(service, mark);
  if (previous !== null && isAtSameAddresses(previous, next)) return;
  await namespace.set([FLOW_TIMEOUT]);
  await namespace.exec(['sh', '-c', NO_REDIRECTS]);
  for (const { service } of previous?.parts ?? []) await flows.forgetService(service, false);
  for (const { service } of next.parts) await flows.forgetService(service, true);
}

export function rulesOf(
  { listener, parts }: ServedListener,
  active: ReadonlyMap<number, number>,
): string {
  return renderTable(
    listener.id,
    parts.map((part) => withActive(part, active)),
  );
}

/** Nothing is balanced any more; what was counted stays until the listener is removed. */
export async function stopRules(
  { namespace, flows }: RulesHost,
  id: string,
  services: readonly LvsService[],
): Promise<void> {
  await nft(namespace, id, 'stop', renderStopped(id));
  for (const service of services) await flows.forgetService(service, false);
}

export function removeRules({ namespace }: RulesHost, id: string): Promise<void> {
  return nft(namespace, id, 'remove', renderRemoved(id));
}

async function nft(
  namespace: HaproxyNamespace,
  id: string,
  action: string,
  script: string,
): Promise<void> {
  const { status, output } = await namespace.exec(['nft', '-f', '-'], script);
  if (status !== 0) throw new ServiceFailure(tableName(id), action, output);
}

function isAtSameAddresses(one: ServedListener, other: ServedListener): boolean {
  return addressesOf(one) === addressesOf(other);
}

function addressesOf({ parts }: ServedListener): string {
  return JSON.stringify(parts.map(({ service: { protocol, vips } }) => [protocol, vips]));
}
