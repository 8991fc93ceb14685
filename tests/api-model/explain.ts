import type { ApiResponse } from '../../api/testing/harness.ts';
import type { Command } from './command.ts';
import { Refusal } from './refusal.ts';
import { COUNTED, type State } from './state.ts';

/** A command and what it was answered. */
export interface Answered {
  readonly command: Command;
  readonly answer: ApiResponse;
}

/**
 * Every state that the commands of a round can have led to: one for each order in which the model would have given
 * each the answer that it got. None: no order explains the answers.
 */
export function* explanations(
  state: State,
  round: readonly Answered[],
  before = state,
): Generator<State> {
  if (round.length === 0) return yield state;
  for (const [index, { command, answer }] of round.entries()) {
    const next = structuredClone(state);
    const expected = expectation(command, next, answer);
    if (!isSame(expected, answer) && !vanishesMeanwhile(expected, answer, before, state)) continue;
    const rest = [...round.toSpliced(index, 1), ...remainder(command, answer)];
    yield* explanations(expected.text === null ? next : state, rest, before);
  }
}

function remainder(command: Command, answer: ApiResponse): readonly Answered[] {
  const [first, ...afterwards] = command.afterwards ?? [];
  if (first === undefined) return [];
  const expect = (state: State): number => {
    first(state);
    return answer.status;
  };
  const { text } = command;
  return [{ command: { text, send: async () => answer, expect, afterwards }, answer }];
}

export interface Expectation {
  readonly status: number;
  /** Of a refusal; null: it succeeds, and the state is what it made of it. */
  readonly text: string | null;
}

export function expectation(command: Command, state: State, answer: ApiResponse): Expectation {
  try {
    return { status: command.expect(state, answer), text: null };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, text: error.message };
    throw error;
  }
}

function isSame(expected: Expectation, answer: ApiResponse): boolean {
  if (expected.status !== answer.status) return false;
  return expected.text === null || expected.text === said(answer) || isGone(expected, answer);
}

/** What vanishes during a request takes others along; any of them may be named. */
function isGone({ status }: Expectation, answer: ApiResponse): boolean {
  return status === 404 && said(answer).endsWith(' not found.');
}

/**
 * A request looks for its object, then waits for the load balancer. What vanishes in between is told as 404, but only
 * by those that found the load balancer open; the others are told first that it, or the pool or policy, is not.
 */
function vanishesMeanwhile(
  { status, text }: Expectation,
  answer: ApiResponse,
  before: State,
  state: State,
): boolean {
  if (status !== 404 || answer.status !== 409) return false;
  const wasThere = everything(before).some(({ id }) => text?.includes(id));
  const closed = everything(state).find(({ id }) => said(answer).includes(id));
  return wasThere && closed?.provisioning.startsWith('PENDING_') === true;
}

function everything(state: State) {
  return COUNTED.flatMap((kind) => [...state[kind].values()]);
}

/** The router says it elsewhere. */
export function said({ json, text }: ApiResponse): string {
  const words: unknown = json?.faultstring ?? json?.description;
  return typeof words === 'string' ? words : text;
}
