import { integer } from '../option.ts';
import { section } from '../section.ts';

export const houseKeeping = section(
  'house_keeping',
  {
    cleanupIntervalSeconds: integer({
      name: 'cleanup_interval',
      default: 30,
      min: 1,
      help: 'seconds between purges',
    }),
    amphoraExpiryAgeSeconds: integer({
      name: 'amphora_expiry_age',
      default: 604_800,
      min: 0,
      help: 'seconds after which deleted amphorae are purged',
    }),
    loadBalancerExpiryAgeSeconds: integer({
      name: 'load_balancer_expiry_age',
      default: 604_800,
      min: 0,
      help: 'seconds after which deleted load balancers are purged',
    }),
    flowExpiryAgeSeconds: integer({
      name: 'flow_expiry_age',
      default: 604_800,
      min: 60,
      help: 'ours: seconds after which ended flows are purged, with the record of their steps',
    }),
    sweepIntervalSeconds: integer({
      name: 'sweep_interval',
      default: 600,
      min: 1,
      help: 'ours: seconds between purges of ended flows and of statistics of listeners that are gone',
    }),
  },
  ['cert_interval', 'cert_expiry_buffer', 'cert_rotate_threads', 'spare_check_interval'],
);
