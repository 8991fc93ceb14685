import { flag, list, optionalText } from '../option.ts';
import { section } from '../section.ts';

export const networking = section(
  'networking',
  {
    allowVipNetworkId: flag({
      name: 'allow_vip_network_id',
      default: true,
      help: 'users may give vip_network_id',
    }),
    allowVipSubnetId: flag({
      name: 'allow_vip_subnet_id',
      default: true,
      help: 'users may give vip_subnet_id',
    }),
    allowVipPortId: flag({
      name: 'allow_vip_port_id',
      default: true,
      help: 'users may give vip_port_id',
    }),
    validVipNetworks: optionalText({
      name: 'valid_vip_networks',
      help: 'network ids that VIPs may lie in, comma separated; unset: all',
    }),
    denylistVipNetworks: list({
      name: 'denylist_vip_networks',
      default: [],
      help: 'network ids that VIPs may not lie in',
    }),
    reservedIps: list({
      name: 'reserved_ips',
      default: ['169.254.169.254'],
      help: 'addresses that no member may have',
    }),
  },
  [
    'max_retries',
    'retry_interval',
    'retry_backoff',
    'retry_max',
    'port_detach_timeout',
    'allow_invisible_resource_usage',
  ],
);
