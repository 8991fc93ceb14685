import { integer, text, url } from '../option.ts';
import { section } from '../section.ts';

/** Ours: Octavia sends notifications on its message bus. Without a Redis and a webhook there are no events. */
export const events = section('events', {
  redisUrl: url({
    name: 'redis_url',
    schemes: ['redis', 'rediss'],
    default: null,
    example: 'redis://:password@host:6379/0',
    help: 'Redis that takes events as a stream; none: no stream',
  }),
  stream: text({
    name: 'stream',
    default: 'octavia:events',
    help: 'key of the stream',
  }),
  streamLengthMax: integer({
    name: 'stream_length',
    default: 100_000,
    min: 1000,
    max: 10_000_000,
    help: 'events that the stream keeps, about',
  }),
  webhookUrl: url({
    name: 'webhook_url',
    schemes: ['http', 'https'],
    default: null,
    example: 'https://user:password@host/path',
    help: 'where events are posted, some at a time as a JSON array; none: no webhook',
  }),
  webhookTimeoutSeconds: integer({
    name: 'webhook_timeout',
    default: 10,
    min: 1,
    max: 120,
    help: 'seconds that the webhook may take to answer',
  }),
  expiryAgeSeconds: integer({
    name: 'event_expiry_age',
    default: 604_800,
    min: 60,
    help: 'seconds after which events are purged, delivered or not',
  }),
});
