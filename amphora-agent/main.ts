import { enableCompileCache, flushCompileCache } from 'node:module';

const FLUSH_AFTER_MS = 5000;

// An agent must be up in a fraction of a second, on a small machine: what is compiled once is kept. Where
// NODE_COMPILE_CACHE is set in the environment this file is in it, too, and no TypeScript is loaded at all, which alone
// takes 30 MB. Agents do not end of themselves: the cache is written while they run, so that the next one has it.
enableCompileCache();
const { runAgent } = await import('./agent.ts');
setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
await runAgent();
