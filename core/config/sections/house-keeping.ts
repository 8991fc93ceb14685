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
      help: 'age at which deleted amphorae are purged',
    }),
    loadBalancerExpiryAgeSeconds: integer({
      name: 'load_balancer_expiry_age',
      default: 604_800,
      min: 0,
      help: 'age at which deleted load balancers are purged',
    }),
  },
  ['cert_interval', 'cert_expiry_buffer', 'cert_rotate_threads', 'spare_check_interval'],
);
