import { parseAddress } from '#core/domain/ip-address.ts';
import { linksInside, linkWithAddress } from '../apply/link-state.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import { json, refuse } from '../http-message.ts';
import type { Route } from '../router.ts';

/** Which interface holds an address: the controller writes its name into keepalived's configuration. */
export function interfaceRoute(namespace: HaproxyNamespace): Route {
  return {
    method: 'GET',
    path: '/1.0/interface/:address',
    isChange: false,
    async handle({ params }) {
      const name = await interfaceWith(namespace, params['address'] ?? '');
      return json(200, { message: 'OK', interface: name });
    },
  };
}

/**
 * @param address in any spelling; Octavia's agent finds only the kernel's
 * @throws Refusal 400 for what is no address, 404 for one that no interface holds
 */
export async function interfaceWith(namespace: HaproxyNamespace, address: string): Promise<string> {
  if (parseAddress(address) === null) throw refuse(400, 'Invalid IP address');
  const link = linkWithAddress(await linksInside(namespace), address);
  if (link === undefined) throw refuse(404, 'Error interface not found for IP address');
  return link.name;
}
