import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Volume } from '#core/ports/volume.ts';
import type { Step } from '../flow.ts';
import type { BootVolumes, World } from '../world.ts';
import { volumeSourceFor } from './machine-spec.ts';
import { unfinishedOf } from './new-amphora.ts';
import { inParallel } from './parallel.ts';
import { permanent, worthWaiting } from './patience.ts';
import type { OfNewAmphorae } from './plan.ts';
import { loadBalancerOf } from './tree.ts';

/** The volumes of the amphorae that the flow builds, by their ids; none where machines boot from images. */
export interface OfBootVolumes extends OfNewAmphorae {
  readonly bootVolumeIds: Readonly<Record<string, string>>;
}

/** All attempts of the default configuration together take less than half of it. */
const TIMEOUT_MS = 60 * 60_000;

/** A volume for each machine, where the deployment has machines boot from volumes. One that fails or takes too long is made anew. */
export const createBootVolumes: Step<OfNewAmphorae, Pick<OfBootVolumes, 'bootVolumeIds'>> = {
  name: 'create-boot-volumes',
  retry: ({ bootVolumes }) => ({
    attemptsMax: bootVolumes?.createAttemptsMax ?? 1,
    intervalMs: 1000,
    backoff: 2,
    intervalMaxMs: 10_000,
  }),
  timeoutMs: TIMEOUT_MS,
  async run(state, world) {
    const { bootVolumes } = world;
    if (bootVolumes === null) return { bootVolumeIds: {} };
    const loadBalancer = await loadBalancerOf(state, world);
    const made = await inParallel(state.newAmphorae, async ({ amphoraId }) => [
      amphoraId,
      await volumeFor(amphoraId, loadBalancer, bootVolumes, world),
    ]);
    return { bootVolumeIds: Object.fromEntries(made) };
  },
  /** Found by their amphora: the answer that held an id may have been lost. */
  async undo(state, world) {
    await inParallel(await unfinishedOf(state, world), ({ id }) => deleteBootVolumeOf(id, world));
  },
};

/** After its machine is gone, which may have taken it along. */
export async function deleteBootVolumeOf(amphoraId: string, { volume }: World): Promise<void> {
  const found = await volume.find(amphoraId);
  if (found !== null) await volume.delete(found.volumeId);
}

/** What the flow made for that amphora, whatever the configuration says by now. */
export async function bootVolumeOf(
  amphoraId: string,
  { bootVolumeIds }: OfBootVolumes,
  { volume }: World,
): Promise<Volume | null> {
  const volumeId = bootVolumeIds[amphoraId];
  if (volumeId === undefined) return null;
  const found = await volume.get(volumeId);
  if (found !== null) return found;
  throw permanent(`volume ${volumeId} is gone while amphora ${amphoraId} should boot from it`);
}

async function volumeFor(
  amphoraId: string,
  loadBalancer: LoadBalancer,
  { sizeGib, type, available }: BootVolumes,
  world: World,
): Promise<string> {
  const source = await volumeSourceFor(loadBalancer, world);
  const { volumeId } = await world.volume.create({ amphoraId, ...source, sizeGib, type });
  const problem = await problemOf(volumeId, available, world);
  if (problem === null) return volumeId;
  await world.volume.delete(volumeId);
  throw worthWaiting(
    `volume ${volumeId} for amphora ${amphoraId} ${problem}; it was deleted, to be made anew`,
  );
}

/** Looks at a volume until it can be booted from. @returns null when it can */
async function problemOf(
  volumeId: string,
  { attemptsMax, intervalMs }: BootVolumes['available'],
  { volume, clock }: World,
): Promise<string | null> {
  for (let look = 1; look <= attemptsMax; look++) {
    const found = await volume.get(volumeId);
    if (found === null) return 'is gone';
    if (found.status === 'AVAILABLE') return null;
    if (found.status === 'ERROR') return `was not made: ${found.fault}`;
    await clock.sleep(intervalMs);
  }
  return `was not made within ${(attemptsMax * intervalMs) / 1000} s`;
}
