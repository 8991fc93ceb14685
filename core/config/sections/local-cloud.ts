import { list, text } from '../option.ts';
import { section } from '../section.ts';

/** Ours: the one-box cloud, in which an amphora is a network namespace. */
export const localCloud = section('local_cloud', {
  namePrefix: text({
    name: 'name_prefix',
    default: 'oct',
    help: 'at most 4 letters; begins the name of every namespace, bridge and link',
  }),
  dataDir: text({
    name: 'data_dir',
    default: '/var/lib/octavia-cloud',
    help: 'files of the amphorae, one folder each',
  }),
  lbNetworkCidr: text({
    name: 'lb_network_cidr',
    default: '172.30.0.0/20',
    help: "LB network: controllers and agents; its first address is the host's",
  }),
  networks: list({
    name: 'networks',
    default: ['private=10.99.0.0/20'],
    help: "tenant networks, name=cidr, or name=cidr+cidr with an IPv6 range; the first address of each is the host's and the gateway",
  }),
  qosPolicies: list({
    name: 'qos_policies',
    default: [],
    help: 'what VIPs may be limited to, name=direction:max_kbps or name=direction:max_kbps:max_burst_kbps, direction being egress or ingress, with + for the other one',
  }),
});
