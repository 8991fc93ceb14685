import { join } from 'node:path/posix';
import { block } from './block.ts';
import type { VrrpContext } from './vrrp-context.ts';
import { folderOf, matching } from './word.ts';

interface TimingLines {
  readonly process: readonly string[];
  readonly check: readonly string[];
  readonly instance: readonly string[];
}

type TimingGiven = Pick<VrrpContext, 'options' | 'isFast' | 'authPassword' | 'basePath'>;

/** How quickly the pair notices what. */
export function timingOf(given: TimingGiven): TimingLines {
  return given.isFast ? fast(given) : asOctavia(given);
}

/**
 * A keepalived that waits for its turn would be taken for dead, so it goes before all else; but not in real time, where
 * the kernel kills it for a reload that takes longer than ten milliseconds. The script of our agents watches HAProxy all
 * the second long and ends as soon as it dies, so that one failure is proof enough. Version 3 of the protocol is the one
 * that counts in hundredths of a second; it has no passwords, so that only what comes from the peer counts.
 */
function fast({ options, basePath }: TimingGiven): TimingLines {
  const notify = join(folderOf(basePath), 'vrrp', 'vrrp-notify');
  return {
    process: block('global_defs', ['vrrp_priority -20', 'vrrp_no_swap', 'dynamic_interfaces']),
    check: ['interval 1', 'timeout 4', 'fall 1', 'rise 1', 'user root'],
    instance: [
      'version 3',
      ...garp(options),
      `advert_int ${(Math.round(options.fastAdvertIntervalMs / 10) / 100).toFixed(2)}`,
      'check_unicast_src',
      `notify ${notify} root`,
    ],
  };
}

function asOctavia({ options, authPassword }: TimingGiven): TimingLines {
  const password = matching(authPassword, /^\w{1,8}$/, 'password of the group', 'up to 8 letters');
  return {
    process: [],
    check: [
      `interval ${options.checkIntervalSeconds}`,
      `fall ${options.failCount}`,
      `rise ${options.successCount}`,
    ],
    instance: [
      ...garp(options),
      `advert_int ${options.advertIntervalSeconds}`,
      ...block('authentication', ['auth_type PASS', `auth_pass ${password}`]),
    ],
  };
}

function garp(options: TimingGiven['options']): readonly string[] {
  return [
    `garp_master_refresh ${options.garpRefreshIntervalSeconds}`,
    `garp_master_refresh_repeat ${options.garpRefreshCount}`,
  ];
}
