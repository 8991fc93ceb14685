import { amphorae } from '#core/db/repositories/amphora.ts';
import { statement } from '#core/db/transaction.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { World } from '../world.ts';
import type { OfNewAmphorae } from './plan.ts';
import { amphoraOf, treeOf } from './tree.ts';

/** The rows of the amphorae that the flow builds. */
export async function newAmphoraeOf(
  { newAmphorae }: OfNewAmphorae,
  world: World,
): Promise<readonly Amphora[]> {
  return Promise.all(newAmphorae.map(({ amphoraId }) => amphoraOf(amphoraId, world)));
}

/**
 * What an undo is about: those that do not serve yet. Once they do they stay, whatever fails after: a load balancer in
 * ERROR that serves is better than one that does not.
 */
export async function unfinishedOf(
  { newAmphorae }: OfNewAmphorae,
  { database }: World,
): Promise<readonly { readonly id: string; readonly computeId: string | null }[]> {
  const found = await Promise.all(
    newAmphorae.map(async ({ amphoraId }) => ({
      id: amphoraId,
      computeId: null,
      ...(await amphorae.find(database, amphoraId)),
    })),
  );
  return found.filter((one) => !('status' in one && one.status === AmphoraStatus.Allocated));
}

/** Whether the flow's amphorae took over, so that what they replaced is not wanted back. */
export async function haveTakenOver(state: OfNewAmphorae, world: World): Promise<boolean> {
  return (await unfinishedOf(state, world)).length === 0;
}

/** The tree as it will be when the flow's amphorae serve: those that share their traffic must know of each other before. */
export async function treeToBe(state: OfNewAmphorae, world: World): Promise<LoadBalancerTree> {
  const tree = await treeOf(state, world);
  const ours = state.newAmphorae.map(({ amphoraId }) => amphoraId);
  const amphorae = tree.amphorae.map((amphora) =>
    ours.includes(amphora.id) ? { ...amphora, status: AmphoraStatus.Allocated } : amphora,
  );
  return { ...tree, amphorae };
}

export async function updateAmphora(
  { database }: Pick<World, 'database'>,
  amphoraId: string,
  changes: Partial<Amphora>,
): Promise<void> {
  await statement(database, (tx) => amphorae.update(tx, amphoraId, changes));
}
