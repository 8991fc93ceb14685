import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { ApiContext } from '../../context.ts';
import { askProvider, type Provider } from '../../providers.ts';
import { parseIp } from '../../schema/ip.ts';
import type { WantedVip } from './vip.ts';

/** A VIP port that exists before the load balancer does, and how to give it back should that never be. */
export interface VipPort extends WantedVip {
  release(): Promise<void>;
}

/** Has the provider make the VIP port, or makes it ourselves when the provider leaves that to us. */
export async function createVipPort(
  id: string,
  projectId: string,
  wanted: WantedVip,
  provider: Provider,
  context: ApiContext,
): Promise<VipPort> {
  const { driver } = provider;
  const make = () =>
    driver.createVipPort
      ? driver.createVipPort(id, projectId, wanted.vip, wanted.additionalVips)
      : context.network.allocateVip(id, projectId, wanted.vip, wanted.additionalVips);
  const made = completed(wanted, await askProvider(provider, make));
  if (made === null)
    throw new OctaviaError(
      ErrorCode.ProviderError,
      `Provider '${provider.name}' reports error: the VIP port has no address`,
    );
  const release = async () =>
    driver.createVipPort
      ? driver.deleteVipPort?.(id, made.vip)
      : context.network.deallocateVip(id, made.vip);
  return { ...made, release: () => releaseQuietly(id, release, provider, context) };
}

/** Drivers of others may answer anything; what they leave out is as it was wanted. Null: there is no VIP in it. */
function completed(wanted: WantedVip, answer: Partial<WantedVip> | undefined): WantedVip | null {
  const vip = { ...wanted.vip, ...answer?.vip };
  if (vip.address === null || parseIp(vip.address) === null) return null;
  return { vip, additionalVips: answer?.additionalVips ?? wanted.additionalVips };
}

/** The request has failed already: what the user must read is why, not that the port is still there. */
async function releaseQuietly(
  id: string,
  release: () => Promise<void> | undefined,
  provider: Provider,
  context: ApiContext,
): Promise<void> {
  try {
    await askProvider(provider, async () => release());
  } catch (error) {
    context.logger.error(
      { error, load_balancer_id: id, provider: provider.name },
      'could not give the VIP port of a refused load balancer back; remove port octavia-lb-<id> by hand',
    );
  }
}
