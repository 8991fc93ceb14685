import { SUBNET } from '../../api/testing/harness.ts';
import { createBody } from '../../api/v2/load-balancers/schema.ts';
import { ip } from './address-kinds.ts';
import { uuid } from './kinds.ts';
import { failure } from './shared-rows.ts';
import { attributesIn, MANDATORY, refused, shown, type Table } from './table.ts';
import { type ContractWorld, UNKNOWN } from './world.ts';

/** Each of the VIPs beside the first; its port is the VIP port, whatever was sent. */
export function additionalVipTable(w: ContractWorld): Table {
  const { api } = w;
  const ignored = shown('of the VIP');
  return {
    title: 'creating a load balancer with an additional VIP',
    argument: 'load_balancer',
    root: 'loadbalancer',
    path: 'load_balancer.loadbalancer.additional_vips',
    successStatus: 201,
    attributes: attributesIn(createBody.schema, 'loadbalancer', 'additional_vips'),
    rows: [
      {
        name: 'subnet_id',
        kind: uuid(UNKNOWN),
        absent: MANDATORY,
        whenNull: refused(failure('Subnet None not found')),
      },
      { name: 'ip_address', kind: ip, absent: shown(null), whenNull: shown(null) },
      {
        name: 'port_id',
        kind: uuid(UNKNOWN),
        accepts: [[UNKNOWN, 'of the VIP']],
        absent: ignored,
        whenNull: ignored,
      },
    ],
    unknown: ['network_id'],
    compose: (attributes) => ({
      loadbalancer: {
        vip_subnet_id: SUBNET,
        additional_vips: [{ subnet_id: UNKNOWN, ...attributes }],
      },
    }),
    send: (body) => api.post('/loadbalancers', body),
    find({ json: { loadbalancer } }) {
      const [vip] = loadbalancer.additional_vips;
      const isOfVip = vip.port_id === loadbalancer.vip_port_id;
      return { ...vip, port_id: isOfVip ? 'of the VIP' : vip.port_id };
    },
    reset: () => w.settle('load_balancer'),
  };
}
