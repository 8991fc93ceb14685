import type { State } from './flow.ts';

/** What became of a step, as it is checkpointed. */
export type Outcome =
  | { readonly kind: 'done'; readonly gives: State }
  | { readonly kind: 'failed'; readonly reason: string };

/** A step by its name, and by those that earlier releases gave it. */
export interface Named {
  readonly name: string;
  readonly formerly?: readonly string[];
}

export interface Failure {
  readonly step: string;
  readonly reason: string;
}

/** What a flow has behind it when a worker takes it, maybe by the steps of another release. */
export interface Past {
  has(step: Named): boolean;
  /** Null: nothing has failed so far, so the flow goes on. */
  readonly failure: Failure | null;
}

export const NO_PAST: Past = { has: () => false, failure: null };

const UNDO = 'undo ';

/** What stands in the record for its undo. */
export function undoOf({ name, formerly = [] }: Named): Named {
  return { name: `${UNDO}${name}`, formerly: formerly.map((one) => `${UNDO}${one}`) };
}

export function namesOf({ name, formerly = [] }: Named): readonly string[] {
  return [name, ...formerly];
}

export function pastOf(outcomes: ReadonlyMap<string, Outcome>): Past {
  const [failed] = [...outcomes].flatMap(([step, outcome]) =>
    outcome.kind === 'failed' ? [{ step, reason: outcome.reason }] : [],
  );
  return {
    has: (step) => namesOf(step).some((name) => outcomes.has(name)),
    // An undo comes after the step that failed, so the first failure is a step's.
    failure: failed ?? null,
  };
}

/** Steps on record that the flow has no longer, or not yet: what they did is not undone by this release. */
export function strangersIn(
  recorded: readonly string[],
  steps: readonly Named[],
): readonly string[] {
  const known = new Set(steps.flatMap(namesOf));
  return recorded.filter((name) => !name.startsWith(UNDO) && !known.has(name));
}
