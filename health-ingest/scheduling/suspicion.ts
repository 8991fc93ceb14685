import type { Census, ZoneCount } from './census.ts';
import type { SightingBoard } from './sighting-board.ts';

/** Why an amphora is to be replaced. */
export type FailoverReason = 'silent' | 'never-reported' | 'wrong-listeners' | 'failover-failed';

/** An amphora that should report and does not, or not what it should. */
export interface Suspect {
  readonly amphoraId: string;
  readonly reason: FailoverReason;
  /** Monotonic: its last heartbeat, or since when it was waited for, or since when its reports are wrong. */
  readonly sinceMs: number;
  readonly zone: string;
  readonly isStopped: boolean;
}

export interface Suspicion {
  /** Confirmed, those silent for longest first. */
  readonly suspects: readonly Suspect[];
  /** Those with wrong listeners counted too. */
  readonly zones: ReadonlyMap<string, ZoneCount>;
}

/**
 * Whom a look at the board accuses.
 * @param confirmedMs monotonic time at or before which an amphora must have been seen last to be stale at the look
 * before this one too, so that a stall between it and us is over
 */
export function suspicionOf(
  board: SightingBoard,
  census: Census,
  mismatchedSinceMs: ReadonlyMap<string, number>,
  confirmedMs: number,
): Suspicion {
  const silent = census.stale.flatMap((slot): Suspect[] => {
    const sinceMs = board.seenAtMs(slot);
    if (sinceMs > confirmedMs) return [];
    const reason = board.hasReported(slot) ? 'silent' : 'never-reported';
    return [{ amphoraId: board.idAt(slot), reason, sinceMs, ...placeOf(board, slot) }];
  });
  const zones = new Map(Array.from(census.zones, ([zone, count]) => [zone, { ...count }]));
  const silentSlots = new Set(census.stale);
  const wrong: Suspect[] = [];
  for (const [amphoraId, sinceMs] of mismatchedSinceMs) {
    const slot = sinceMs <= confirmedMs ? board.findExpected(amphoraId) : -1;
    if (slot < 0 || silentSlots.has(slot)) continue;
    const place = placeOf(board, slot);
    wrong.push({ amphoraId, reason: 'wrong-listeners', sinceMs, ...place });
    const count = zones.get(place.zone);
    if (count && !board.isUnderWay(slot)) {
      count.late++;
      count.stale++;
    }
  }
  return { suspects: [...silent, ...wrong], zones };
}

function placeOf(
  board: SightingBoard,
  slot: number,
): { readonly zone: string; readonly isStopped: boolean } {
  return { zone: board.zoneOf(slot), isStopped: board.isStopped(slot) };
}
