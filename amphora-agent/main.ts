import { env } from 'node:process';
import { runAgent } from './agent.ts';

// Of the agent alone (see `start`): HAProxy, which has threads, is better off without those of malloc.
const OWN_SETTINGS = [
  'MALLOC_ARENA_MAX',
  'MALLOC_TRIM_THRESHOLD_',
  'MALLOC_TOP_PAD_',
  'MALLOC_MMAP_THRESHOLD_',
  'NODE_DISABLE_COMPILE_CACHE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];
for (const name of OWN_SETTINGS) delete env[name];
await runAgent();
