import type { NetworkDriver } from '#core/ports/network.ts';
import { type Answer, type ApiRequest, ok } from '../../http/request.ts';
import type { Resource } from '../../http/resource.ts';
import { texts } from '../../lists/read-query.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Neutron's lists, asked for one id each. Not Octavia's: where there is no Keystone there is no catalogue of services
 * either, and the openstack command looks subnets, networks, ports and QoS policies up at the one endpoint that it was given.
 */
export const networkLookups: readonly Resource[] = [
  lookup('subnets', async (network, id) => {
    const subnet = await network.getSubnet(id);
    return (
      subnet && {
        id,
        name: '',
        network_id: subnet.networkId,
        cidr: subnet.cidr,
        ip_version: subnet.ipVersion,
        gateway_ip: subnet.gatewayIp,
      }
    );
  }),
  lookup('networks', async (network, id) => {
    const found = await network.getNetwork(id);
    return found && { id, name: found.name, subnets: found.subnetIds, mtu: found.mtu };
  }),
  lookup('ports', async (network, id) => {
    const port = await network.getPort(id);
    return port && { id, name: port.name, network_id: port.networkId, device_id: port.deviceId };
  }),
  lookup(
    'policies',
    async (network, id) => ((await network.hasQosPolicy?.(id)) ? { id, name: '' } : null),
    '/qos/policies',
  ),
];

type Look = (network: NetworkDriver, id: string) => Promise<object | null>;

function lookup(nouns: string, look: Look, path = `/${nouns}`): Resource {
  const handle = async ({ context, query }: ApiRequest): Promise<Answer> => {
    const id = texts(query['id']).at(-1) ?? '';
    const found = UUID.test(id) ? await look(context.network, id) : null;
    return ok({ [nouns]: found === null ? [] : [found] });
  };
  return { path, endpoints: { GET: { handle } }, allow: 'GET' };
}
