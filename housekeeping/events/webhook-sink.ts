import type { EventSink } from './sink.ts';

export interface WebhookSinkOptions {
  /** May hold a user and a password. */
  readonly url: string;
  readonly timeoutMs: number;
}

/** Posts events as a JSON array. Any answer of 2xx takes them; after any other, and after none, they come again. */
export function webhookSink({ url, timeoutMs }: WebhookSinkOptions): EventSink {
  const { target, headers } = readUrl(url);
  return {
    name: 'webhook',
    async deliver(events, signal) {
      const answer = await fetch(target, {
        method: 'POST',
        headers,
        body: JSON.stringify(events),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the webhook answered ${answer.status}; it must answer 2xx`);
    },
    close: async () => {},
  };
}

/** `fetch` refuses a URL that holds a password, and would quote it. */
function readUrl(text: string): {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const url = new URL(text);
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
  url.username = '';
  url.password = '';
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const headers = { 'content-type': 'application/json' };
  return {
    target: url.href,
    headers: credentials === ':' ? headers : { ...headers, authorization },
  };
}
