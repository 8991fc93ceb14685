import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { inUse, notFound } from '../../faults.ts';

/**
 * Holds a profile that no flavor stands for, and keeps it so: a flavor that comes now waits for the end of the transaction.
 * @param word how the fault text calls a profile that is not there
 * @throws OctaviaError `not-found`, or `conflict` when a flavor uses it
 */
export async function holdUnused(
  tx: Transaction,
  id: string,
  word: 'Flavor Profile' | 'Flavor profile',
): Promise<void> {
  if ((await flavorProfiles.hold(tx, id, 'update')) === null) throw notFound(word, id);
  if ((await flavors.findBy(tx, 'flavorProfileId', id)).length > 0)
    throw inUse('Flavor profile', id);
}
