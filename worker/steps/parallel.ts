import { DriverFailure } from '#core/domain/errors.ts';

/**
 * Does the same for each at once, and waits for all even when one fails: its undo must not meet the others half way.
 * Of several failures one that no other try mends counts most.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const ends = await Promise.allSettled(items.map(work));
  const failures = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason);
  if (failures.length === 0)
    return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  throw failures.find((reason) => !mayPass(reason)) ?? failures[0];
}

function mayPass(reason: unknown): boolean {
  return reason instanceof DriverFailure && reason.isRetryable;
}
