import type { ConfigOf } from '#core/config/load.ts';
import type { sections } from './sections.ts';

type LogOptions = Pick<
  ConfigOf<typeof sections>['amphoraAgent'],
  'isEverythingForwarded' | 'isLocalStorageDisabled' | 'adminLogTargets' | 'accessLogBytesMax'
>;

/**
 * What of the amphorae's log options has no effect as they are set together.
 * @param hasJournal whether amphorae are machines with a system log
 * @returns a sentence for each
 */
export function unmetLogWishes(options: LogOptions, hasJournal: boolean): readonly string[] {
  const { isEverythingForwarded, isLocalStorageDisabled } = options;
  const everything = '[amphora_agent] forward_all_logs has no effect';
  const wishes: string[] = [];
  if (isEverythingForwarded && options.adminLogTargets.length === 0)
    wishes.push(`${everything} without admin_log_targets`);
  if (isEverythingForwarded && !hasJournal)
    wishes.push(
      `${everything} with compute_local_driver: such amphorae have no journal, admin_log_targets get what HAProxy and the agent say`,
    );
  if (isLocalStorageDisabled && options.accessLogBytesMax > 0)
    wishes.push(
      '[amphora_agent] access_log_bytes_max has no effect with disable_local_log_storage',
    );
  return wishes;
}
