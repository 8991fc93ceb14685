import type { EventSink } from './sink.ts';

export interface WebhookSinkOptions {
  readonly url: string;
  readonly timeoutMs: number;
}

/** Posts events as a JSON array. Any answer of 2xx takes them; after any other, and after none, they come again. */
export function webhookSink({ url, timeoutMs }: WebhookSinkOptions): EventSink {
  return {
    name: 'webhook',
    async deliver(events, signal) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
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
