import type { Transaction } from '#core/ports/transaction.ts';
import { inUse, notFound } from '../../faults.ts';
import type { ProfileNoun } from './profile-noun.ts';

/**
 * Holds a profile that nothing stands for, and keeps it so: a flavor or zone that comes now waits for the end of the transaction.
 * @param words how the fault text calls a profile that is not there
 * @throws OctaviaError `not-found`, or `conflict` when it is in use
 */
export async function holdUnused(
  tx: Transaction,
  noun: ProfileNoun,
  id: string,
  words: ProfileNoun['words' | 'wordsInUse'],
): Promise<void> {
  if ((await noun.table.hold(tx, id, 'update')) === null) throw notFound(words, id);
  if (await noun.isUsed(tx, id)) throw inUse(noun.wordsInUse, id);
}
