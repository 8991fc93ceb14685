/** What an agent answered: the body as text, and parsed when it says that it is JSON. */
export interface AgentAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** What an answer means. `not-ready`: an answer that a later try may change, as good as none. */
export type AnswerMeaning = 'success' | 'not-ready' | 'refused';

const NOT_PLUGGED_YET = 'No suitable network interface found';
const WORDS_MAX = 4000;

export function readAnswer(status: number, contentType: string, text: string): AgentAnswer {
  const isJson = contentType.split(';')[0]?.trim().toLowerCase() === 'application/json';
  return { status, text, json: isJson ? parsed(text) : undefined };
}

/**
 * The original takes every code that it does not know for a success, such as the 413 of a configuration that was not
 * taken. 404 is also what a web server says whose application is not loaded yet (no JSON), and what an agent says of a
 * network card that has not shown up yet.
 */
export function meaningOf(answer: AgentAnswer): AnswerMeaning {
  if (answer.status >= 200 && answer.status < 300) return 'success';
  if (answer.status !== 404) return 'refused';
  const isNotReady = answer.json === undefined || wordsOf(answer).includes(NOT_PLUGGED_YET);
  return isNotReady ? 'not-ready' : 'refused';
}

/** Why it refused, in the agent's words: those of HAProxy's checker among them. */
export function wordsOf(answer: AgentAnswer, lengthMax = WORDS_MAX): string {
  const words = ['message', 'error', 'details'].map((key) => textField(answer.json, key));
  const said = words.filter((word) => word !== null).join(': ');
  return (said === '' ? answer.text : said).trim().slice(0, lengthMax);
}

export function textField(value: unknown, key: string): string | null {
  const field = fieldOf(value, key);
  return typeof field === 'string' ? field : null;
}

export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
