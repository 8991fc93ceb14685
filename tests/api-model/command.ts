import type { Api, ApiResponse } from '../../api/testing/harness.ts';
import { type Client, headersOf } from './client.ts';
import type { Kind, State } from './state.ts';

/** One thing that somebody does, fixed before any of those at the same time begins. */
export interface Command {
  /** Ids stand in it; they get names when it is printed. */
  readonly text: string;
  /** What it finishes: nothing is finished twice at once. */
  readonly finishes?: string;
  send(api: Api): Promise<ApiResponse>;
  /**
   * Changes the state as the command should when it comes next. Ids of what it makes are those of the answer.
   * @returns the status of the answer
   * @throws Refusal
   */
  expect(state: State, answer: ApiResponse): number;
  /** What it changes after that, step by step; others may come between any two. */
  readonly afterwards?: readonly ((state: State) => void)[];
}

/** What is drawn for a command: who, and which of the objects that are there. */
export interface Draw {
  readonly client: Client;
  readonly state: State;
  /** Small numbers for everything else. */
  readonly a: number;
  readonly b: number;
  /** Different for each command, so that a lost update is seen. */
  readonly mark: string;
}

/** An object of this kind; the last of the draws is one that was never there. */
export function pick(draw: Draw, kind: Kind, by: 'a' | 'b' = 'a'): string {
  const ids = [...draw.state[kind].keys()];
  const drawn = draw[by];
  return (drawn === NOBODY ? undefined : ids[drawn % ids.length]) ?? UNKNOWN;
}

/** The greatest number that is drawn. */
export const NOBODY = 9;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

export function call(
  { client }: Draw,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Pick<Command, 'text' | 'send'> {
  const shown = body === undefined ? '' : ` ${JSON.stringify(body)}`;
  return {
    text: `${client.name}: ${method} ${path}${shown}`,
    send: (api) => api.request(method, path, body, headersOf(client)),
  };
}

/** The id of what was made; an answer that made nothing has none, and its status says so. */
export function madeId(answer: ApiResponse, root: string): string {
  const id: unknown = answer.json?.[root]?.id;
  return typeof id === 'string' ? id : 'nothing';
}
