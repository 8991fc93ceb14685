import type { DriverFailure } from '#core/domain/errors.ts';
import type { ListenerTree } from '#core/domain/load-balancer-tree.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { RefusedListener } from '#core/ports/amphora.ts';

type Listeners = readonly ListenerTree[];

/** What an amphora says to a configuration of some listeners. One that it takes stays until the next that it takes. */
export type Verdict =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'refused';
      /** The listeners whose fault it is, as far as that can be told. */
      readonly blamed: readonly RefusedListener[];
      readonly failure: DriverFailure;
    };

export type Offer = (listeners: Listeners) => Promise<Verdict>;

export interface Sifted {
  /** What the last accepted configuration was made of; none: nothing was accepted. */
  readonly taken: Listeners;
  readonly refused: readonly RefusedListener[];
}

/** Each is an upload and a run of HAProxy's checker: enough for five faults that nobody names among a thousand. */
const OFFERS_MAX = 64;

/**
 * Has an amphora take all listeners but those that it refuses. Past the bound, what was not taken yet is refused.
 * @throws DriverFailure when it takes none and blames none: the fault is no listener's
 */
export async function sift(listeners: Listeners, offer: Offer): Promise<Sifted> {
  let offers = 0;
  let isAnyBlamed = false;
  let failure: DriverFailure | null = null;
  const sifted = await addTo([], listeners, async (some) => {
    if (failure !== null && offers >= OFFERS_MAX) return null;
    offers++;
    const verdict = await offer(some);
    if (verdict.kind === 'taken') return verdict;
    failure = verdict.failure;
    isAnyBlamed ||= verdict.blamed.length > 0;
    return verdict;
  });
  if (failure !== null && sifted.taken.length === 0 && !isAnyBlamed) throw failure;
  return sifted;
}

/**
 * Who is blamed is left out at once; when nobody is, parts are offered until each fault stands alone.
 * @param offer null: no more of it
 */
async function addTo(
  taken: Listeners,
  group: Listeners,
  offer: (listeners: Listeners) => Promise<Verdict | null>,
): Promise<Sifted> {
  const verdict = await offer([...taken, ...group]);
  if (verdict?.kind === 'taken') return { taken: [...taken, ...group], refused: [] };
  const ids = new Set(group.map(({ id }) => id));
  const blamed = (verdict?.blamed ?? []).filter(({ listenerId }) => ids.has(listenerId));
  for (const { listenerId } of blamed) ids.delete(listenerId);
  const left = group.filter(({ id }) => ids.has(id));
  if (blamed.length === 0 && (verdict === null || group.length < 2))
    return { taken, refused: group.map((listener) => unnamed(listener, verdict)) };
  let sifted: Sifted = { taken, refused: blamed };
  for (const part of blamed.length > 0 ? [left] : partsOf(group)) {
    if (part.length === 0) continue;
    const added = await addTo(sifted.taken, part, offer);
    sifted = { taken: added.taken, refused: [...sifted.refused, ...added.refused] };
  }
  return sifted;
}

/** What served until now first: where two do not go together, the one that was changed must give way. */
function partsOf(group: Listeners): readonly Listeners[] {
  const settled = group.filter(isSettled);
  if (settled.length > 0 && settled.length < group.length)
    return [settled, group.filter((listener) => !isSettled(listener))];
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
}

function isSettled({ provisioningStatus }: ListenerTree): boolean {
  return provisioningStatus === ProvisioningStatus.Active;
}

function unnamed(
  { id }: ListenerTree,
  verdict: Extract<Verdict, { kind: 'refused' }> | null,
): RefusedListener {
  const why =
    verdict?.failure.message ?? `not found out in ${OFFERS_MAX} tries which one HAProxy refuses`;
  return { listenerId: id, l7PolicyId: null, reason: `listener ${id}: ${why}` };
}
