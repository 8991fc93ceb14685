import { readFileSync } from 'node:fs';

export interface TranscriptFile {
  readonly path: string;
  readonly op: 'created' | 'changed' | 'deleted';
  readonly mode?: string;
  readonly content?: unknown;
}

/** One request to the original agent, what it answered and what it did to the host. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly note?: string;
  readonly request_json?: unknown;
  readonly request_body?: string;
  readonly status: number;
  readonly content_type?: string;
  readonly etag?: string;
  readonly response_json?: unknown;
  readonly response_text?: string;
  readonly files?: readonly TranscriptFile[];
  readonly systemctl?: readonly string[];
}

/** The network of HAProxy's namespace between two requests. */
export interface NetworkState {
  readonly netns_state: string;
  readonly interfaces: readonly unknown[];
  readonly routes: readonly unknown[];
  readonly rules: readonly unknown[];
  readonly nft_ruleset: string;
}

export type Entry = Exchange | NetworkState;

/** What the original agent did, request by request. */
export function readTranscript(name: 'single' | 'active-standby'): readonly Entry[] {
  const file = new URL(`../testdata/${name}.json`, import.meta.url);
  const transcript = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly exchanges: readonly Entry[];
  };
  return transcript.exchanges;
}
