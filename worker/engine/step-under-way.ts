import { type Named, namesOf, undoOf } from './past.ts';

interface KnownStep extends Named {
  readonly undo?: unknown;
}

interface EndedStep {
  readonly name: string;
  readonly isFailed: boolean;
}

/** What a flow is at, from its definition and the record of what has ended; null: only the note of its end is missing. */
export function stepUnderWay(
  steps: readonly KnownStep[],
  ended: readonly EndedStep[],
): string | null {
  const names = new Set(ended.map((step) => step.name));
  const hasEnded = (step: Named): boolean => namesOf(step).some((name) => names.has(name));
  if (!ended.some((step) => step.isFailed))
    return steps.find((step) => !hasEnded(step))?.name ?? null;
  const undos = steps
    .filter((step) => step.undo !== undefined && hasEnded(step))
    .toReversed()
    .map(undoOf);
  return undos.find((undo) => !hasEnded(undo))?.name ?? null;
}
