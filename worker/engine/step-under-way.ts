interface KnownStep {
  readonly name: string;
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
  const failedAt = ended.findIndex((step) => step.isFailed);
  if (failedAt < 0) return steps[ended.length]?.name ?? null;
  const undos = steps
    .slice(0, failedAt + 1)
    .filter((step) => step.undo !== undefined)
    .toReversed();
  const next = undos[ended.length - failedAt - 1];
  return next === undefined ? null : `undo ${next.name}`;
}
