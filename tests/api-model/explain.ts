import type { ApiResponse } from '../../api/testing/harness.ts';
import type { Command } from './command.ts';
import { Refusal } from './refusal.ts';
import type { State } from './state.ts';

/** A command and what it was answered. */
export interface Answered {
  readonly command: Command;
  readonly answer: ApiResponse;
}

/**
 * Every state that the commands of a round can have led to: one for each order in which the model would have given
 * each the answer that it got. None: no order explains the answers.
 */
export function* explanations(state: State, round: readonly Answered[]): Generator<State> {
  if (round.length === 0) return yield state;
  for (const [index, { command, answer }] of round.entries()) {
    const next = structuredClone(state);
    const expected = expectation(command, next, answer);
    if (!isSame(expected, answer)) continue;
    const rest = [...round.toSpliced(index, 1), ...remainder(command, answer)];
    yield* explanations(expected.text === null ? next : state, rest);
  }
}

function remainder(command: Command, answer: ApiResponse): readonly Answered[] {
  if (command.afterwards === undefined) return [];
  const expect = (state: State): number => {
    command.afterwards?.(state);
    return answer.status;
  };
  return [{ command: { text: command.text, send: async () => answer, expect }, answer }];
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

/** The router says it elsewhere. */
export function said({ json, text }: ApiResponse): string {
  const words: unknown = json?.faultstring ?? json?.description;
  return typeof words === 'string' ? words : text;
}
