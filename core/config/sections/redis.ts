import { text } from '../option.ts';
import { section } from '../section.ts';

/** Ours: Octavia keeps heartbeats in its database. */
export const redis = section('redis', {
  url: text({
    name: 'url',
    default: 'redis://127.0.0.1:6379/0',
    isSecret: true,
    help: 'Redis for heartbeats; soft state, needs no persistence',
  }),
});
