import { type ApiOptions, startApi } from './api-process.ts';
import type { Operation } from './operations.ts';
import type { Statement } from './replay/statement.ts';

/** One answer of the real API, and the statements it ran for it. */
export interface Recorded {
  readonly answer: string;
  readonly status: number;
  readonly statements: readonly Statement[];
  /** Id of what the request made. */
  readonly freshId: string | null;
}

const STATUS_OF: Readonly<Record<Operation, number>> = { list: 200, show: 200, create: 201 };

/** Asks an API with a witness in it the request of an operation, once. */
export async function record(
  options: ApiOptions,
  operation: Operation,
  text: string,
): Promise<Recorded> {
  const statements: Statement[] = [];
  const onStatement = (statement: Statement): void => void statements.push(statement);
  const api = await startApi({ ...options, onStatement });
  try {
    const response = await fetch(`http://127.0.0.1:${api.port}${pathOf(text)}`, partsOf(text));
    const answer = await response.text();
    const status = STATUS_OF[operation];
    if (response.status !== status)
      throw new Error(`${operation} was answered ${response.status}: ${answer}`);
    return { answer, status, statements, freshId: operation === 'create' ? idIn(answer) : null };
  } finally {
    await api.stop();
  }
}

const pathOf = (text: string): string => text.split(' ')[1] ?? '/';

function partsOf(text: string): RequestInit {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string])
      .filter(([name]) => name !== 'Host' && name !== 'Content-Length'),
  );
  return { method: head.slice(0, head.indexOf(' ')), headers, ...(body === '' ? {} : { body }) };
}

function idIn(answer: string): string {
  const { loadbalancer } = JSON.parse(answer) as { loadbalancer: { id: string } };
  return loadbalancer.id;
}
