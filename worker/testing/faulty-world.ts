import { DriverFailure } from '#core/domain/errors.ts';
import type { World } from '../world.ts';

/** What befalls one call of a driver. Of a call whose answer is lost the driver has done what it was asked. */
export const CALL_FAULTS = ['refused', 'busy', 'answer lost', 'answer lost for good'] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

type Drivers = Pick<World, 'compute' | 'image' | 'volume' | 'network' | 'amphora' | 'certificates'>;
type Method = (...all: readonly unknown[]) => Promise<unknown>;

/** Counts the calls of all drivers. */
export interface CallCount {
  calls: number;
}

/**
 * The world, with one call of its drivers that goes wrong.
 * @param place which one, from 0, in the order in which the drivers are called; null: none does
 */
export function faultyWorld(
  world: World,
  fault: CallFault,
  place: number | null,
  count: CallCount = { calls: 0 },
): World {
  const fails = async (name: string, call: () => Promise<unknown>): Promise<unknown> => {
    if (count.calls++ !== place) return call();
    if (fault.startsWith('answer lost')) await call();
    const isRetryable = fault === 'busy' || fault === 'answer lost';
    throw new DriverFailure(`${name}: ${fault}, as planned`, { retryable: isRetryable });
  };
  const faulty = <Driver extends object>(name: string, driver: Driver): Driver =>
    Object.fromEntries(
      Object.entries(driver).map(([method, call]: [string, Method]) => [
        method,
        (...all: readonly unknown[]) => fails(`${name}.${method}`, () => call(...all)),
      ]),
    ) as Driver;
  const { compute, image, volume, network, amphora, certificates }: Drivers = world;
  return {
    ...world,
    compute: faulty('compute', compute),
    image: faulty('image', image),
    volume: faulty('volume', volume),
    network: faulty('network', network),
    amphora: faulty('amphora', amphora),
    certificates: faulty('certificates', certificates),
  };
}
