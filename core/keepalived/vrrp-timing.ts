import { block } from './block.ts';
import type { VrrpContext } from './vrrp-context.ts';
import { matching } from './word.ts';

interface TimingLines {
  readonly check: readonly string[];
  readonly instance: readonly string[];
}

type TimingGiven = Pick<VrrpContext, 'options' | 'isFast' | 'authPassword'>;

/** How quickly the pair notices what. */
export function timingOf(given: TimingGiven): TimingLines {
  return given.isFast ? fast(given) : asOctavia(given);
}

/**
 * The script of our agents watches HAProxy all the second long and ends as soon as it dies, so that one failure is
 * proof enough. Version 3 of the protocol is the one that counts in hundredths of a second; it has no passwords, so
 * that a sign of life counts only when it comes from the peer.
 */
function fast({ options }: TimingGiven): TimingLines {
  return {
    check: ['interval 1', 'timeout 4', 'fall 1', 'rise 1', 'user root'],
    instance: [
      'version 3',
      ...garp(options),
      `advert_int ${(Math.round(options.fastAdvertIntervalMs / 10) / 100).toFixed(2)}`,
      'check_unicast_src',
    ],
  };
}

function asOctavia({ options, authPassword }: TimingGiven): TimingLines {
  const password = matching(authPassword, /^\w{1,8}$/, 'password of the group', 'up to 8 letters');
  return {
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
