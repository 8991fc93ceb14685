import { url } from '../option.ts';
import { section } from '../section.ts';

/** Ours: Octavia keeps heartbeats in its database. */
export const redis = section('redis', {
  url: url({
    name: 'url',
    schemes: ['redis', 'rediss'],
    default: 'redis://127.0.0.1:6379/0',
    example: 'redis://:password@host:6379/0',
    help: 'Redis for heartbeats; soft state, needs no persistence',
  }),
});
