import { flag, integer, TIMER_SECONDS_MAX } from '../option.ts';
import { section } from '../section.ts';

export const houseKeeping = section(
  'house_keeping',
  {
    cleanupIntervalSeconds: integer({
      name: 'cleanup_interval',
      default: 30,
      min: 1,
      max: TIMER_SECONDS_MAX,
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
    certificateIntervalSeconds: integer({
      name: 'cert_interval',
      default: 3600,
      min: 1,
      max: TIMER_SECONDS_MAX,
      help: 'seconds between looks for certificates of amphorae that are about to expire',
    }),
    certificateExpiryBufferSeconds: integer({
      name: 'cert_expiry_buffer',
      default: 1_209_600,
      min: 60,
      help: 'seconds before its end at which an amphora gets a new certificate',
    }),
    rotationsMax: integer({
      name: 'cert_rotate_threads',
      default: 10,
      min: 1,
      max: 500,
      help: 'certificates that are being rotated at a time, by all workers together',
    }),
    orphanSweepIntervalSeconds: integer({
      name: 'orphan_sweep_interval',
      default: 600,
      min: 1,
      max: TIMER_SECONDS_MAX,
      help: 'ours: seconds between looks for machines and ports that belong to nobody any more',
    }),
    isOrphanRemoved: flag({
      name: 'orphan_sweep_remove',
      default: false,
      help: 'ours: remove what two looks in a row found; otherwise it is only reported',
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
      max: TIMER_SECONDS_MAX,
      help: 'ours: seconds between purges of ended flows and of statistics of listeners that are gone',
    }),
  },
  ['spare_check_interval'],
);
