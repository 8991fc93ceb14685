import {
  availabilityZoneProfiles,
  availabilityZones,
} from '#core/db/repositories/availability-zone.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { inUse, notFound } from '../../faults.ts';

/**
 * Holds a profile that no zone stands for, and keeps it so: a zone that comes now waits for the end of the transaction.
 * @throws OctaviaError `not-found`, or `conflict` when a zone uses it
 */
export async function holdUnused(tx: Transaction, id: string): Promise<void> {
  const word = 'Availability Zone Profile';
  if ((await availabilityZoneProfiles.hold(tx, id, 'update')) === null) throw notFound(word, id);
  if ((await availabilityZones.findBy(tx, 'availabilityZoneProfileId', id)).length > 0)
    throw inUse(word, id);
}
