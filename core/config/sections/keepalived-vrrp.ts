import { integer } from '../option.ts';
import { section } from '../section.ts';

const SECONDS_MAX = 255;

/** How two amphorae agree on who has the VIP. */
export const keepalivedVrrp = section('keepalived_vrrp', {
  advertIntervalSeconds: integer({
    name: 'vrrp_advert_int',
    default: 1,
    min: 1,
    max: SECONDS_MAX,
    help: 'seconds between two signs of life of the master, where one of the pair is not an amphora of ours',
  }),
  fastAdvertIntervalMs: integer({
    name: 'vrrp_fast_advert_interval_ms',
    default: 200,
    min: 0,
    max: 1000,
    help: 'ours: milliseconds between them where both are; HAProxy is then watched as closely. 0: never',
  }),
  checkIntervalSeconds: integer({
    name: 'vrrp_check_interval',
    default: 5,
    min: 1,
    max: SECONDS_MAX,
    help: 'seconds between two checks of HAProxy',
  }),
  failCount: integer({
    name: 'vrrp_fail_count',
    default: 2,
    min: 1,
    max: SECONDS_MAX,
    help: 'failed checks that cost the VIP',
  }),
  successCount: integer({
    name: 'vrrp_success_count',
    default: 2,
    min: 1,
    max: SECONDS_MAX,
    help: 'good checks that make eligible again',
  }),
  garpRefreshIntervalSeconds: integer({
    name: 'vrrp_garp_refresh_interval',
    default: 5,
    min: 0,
    max: 3600,
    help: 'seconds between two announcements of the VIP to the network',
  }),
  garpRefreshCount: integer({
    name: 'vrrp_garp_refresh_count',
    default: 2,
    min: 0,
    max: 100,
    help: 'packets of one announcement',
  }),
});
