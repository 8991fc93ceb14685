import type { Event } from './event.ts';

/** Where events go. */
export interface EventSink {
  readonly name: string;
  /** Resolves once all of them are kept there. May get some again, in order. @throws when they are to be sent again */
  deliver(events: readonly Event[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
