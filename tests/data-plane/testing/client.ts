import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Received } from './tenant-machine.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const TIMEOUT_MS = 60_000;

/** One request over a connection of its own. Rejects when the connection breaks, or nothing comes within a minute. */
export function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  options: RequestOptions = {},
): Promise<Answer> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const own = { headers, agent: false, timeout: TIMEOUT_MS, rejectUnauthorized: false };
    const outgoing = request(url, { ...own, ...options }, (response) => {
      const { statusCode: status = 0 } = response;
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status, headers: response.headers, body }));
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url}: no answer`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** What the member says that it received. */
export async function received(
  url: string,
  headers?: Readonly<Record<string, string>>,
  options?: RequestOptions,
): Promise<Received> {
  const { status, body } = await ask(url, headers, options);
  if (status !== 200) throw new Error(`${url} is answered with ${status}`);
  return JSON.parse(body) as Received;
}

/** Which members answer how often, of so many requests one after the other. */
export async function tally(
  url: string,
  count: number,
  headers?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < count; index++) {
    const { name } = await received(url, headers);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
