import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Step } from '../flow.ts';
import { updateAmphora } from './new-amphora.ts';
import { aFewTimes } from './patience.ts';
import { amphoraOf } from './tree.ts';

interface OfAmphora {
  readonly amphoraId: string;
}

/**
 * First of its flow, so undone last. A rotation that failed leaves the amphora as it was, serving with a certificate that
 * is still good for days: housekeeping asks again.
 */
export const guardCertificate: Step<OfAmphora> = {
  name: 'guard-certificate',
  async run({ amphoraId }, world) {
    await amphoraOf(amphoraId, world);
    return {};
  },
  async undo({ amphoraId }, { database }) {
    await transaction(database, (tx) => amphorae.update(tx, amphoraId, { isCertBusy: false }));
  },
};

/** Issue and upload are one step: the key is never checkpointed. One that is issued again replaces the first. */
export const rotateCertificate: Step<OfAmphora> = {
  name: 'rotate-certificate',
  retry: aFewTimes,
  async run({ amphoraId }, world) {
    const amphora = await amphoraOf(amphoraId, world);
    const { pem, expiresAt } = await world.certificates.issue(amphoraId);
    await world.amphora.uploadCertificate(amphora, pem);
    await updateAmphora(world, amphoraId, { certExpiration: expiresAt, isCertBusy: false });
    return {};
  },
};
