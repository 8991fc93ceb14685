import { takeVipIntent, vipIntents } from '#core/db/repositories/vip-intent.ts';
import { transaction } from '#core/db/transaction.ts';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { parseAddress } from '#core/domain/ip-address.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { type ApiContext, timestamp } from '../../context.ts';
import { askProvider, type Provider, providerNamed } from '../../providers.ts';
import type { WantedVip } from './vip.ts';

/**
 * Has the provider make the VIP port, or makes it ourselves when the provider leaves that to us. It is written down
 * first, so that whatever becomes of this process, `giveVipPortBack` finds it until `keepVipPort`.
 */
export async function createVipPort(
  id: string,
  projectId: string,
  wanted: WantedVip,
  provider: Provider,
  context: ApiContext,
): Promise<WantedVip> {
  const { driver, name } = provider;
  const createdAt = timestamp(context.clock);
  const intent = {
    loadBalancerId: id,
    provider: name,
    vip: wanted.vip,
    isGivenUp: false,
    createdAt,
  };
  await transaction(context.database, (tx) => vipIntents.insert(tx, intent));
  const make = () =>
    driver.createVipPort
      ? driver.createVipPort(id, projectId, wanted.vip, wanted.additionalVips)
      : context.network.allocateVip(id, projectId, wanted.vip, wanted.additionalVips);
  const made = completed(wanted, await askProvider(provider, make));
  if (made !== null) return made;
  throw new OctaviaError(
    ErrorCode.ProviderError,
    `Provider '${name}' reports error: the VIP port has no address`,
  );
}

/** In the transaction that stores the load balancer: from its commit on the port is the load balancer's. */
export async function keepVipPort(tx: Transaction, id: string): Promise<void> {
  if (await takeVipIntent(tx, id)) return;
  throw new OctaviaError(
    ErrorCode.ServiceUnavailable,
    'The VIP port took too long and was given back. Please try again.',
  );
}

/**
 * Gives a VIP port back whose load balancer was not stored. Who cannot tell (a COMMIT without an answer) asks just the
 * same: the row is gone if and only if the load balancer is there, and locked while that is being decided.
 * @throws what the provider throws; the port is still on record then
 */
export async function giveVipPortBack(id: string, context: ApiContext): Promise<void> {
  const intent = await transaction(context.database, async (tx) => {
    await vipIntents.update(tx, id, { isGivenUp: true });
    return vipIntents.find(tx, id);
  });
  if (intent === null) return;
  const provider = providerNamed(context.providers, intent.provider);
  const { driver } = provider;
  const release = async () =>
    driver.createVipPort
      ? driver.deleteVipPort?.(id, intent.vip)
      : context.network.deallocateVip(id, intent.vip);
  await askProvider(provider, release);
  await transaction(context.database, (tx) => vipIntents.delete(tx, id));
}

/** Of a request that has failed already: what the user must read is why, not that the port is still there. */
export async function giveVipPortBackQuietly(id: string, context: ApiContext): Promise<void> {
  try {
    await giveVipPortBack(id, context);
  } catch (error) {
    context.logger.warn(
      { error, load_balancer_id: id },
      'could not give the VIP port of a refused load balancer back yet; it will be tried again',
    );
  }
}

/** Drivers of others may answer anything; what they leave out is as it was wanted. Null: there is no VIP in it. */
function completed(wanted: WantedVip, answer: Partial<WantedVip> | undefined): WantedVip | null {
  const vip = { ...wanted.vip, ...answer?.vip };
  if (typeof vip.address !== 'string' || parseAddress(vip.address) === null) return null;
  return { vip, additionalVips: answer?.additionalVips ?? wanted.additionalVips };
}
