import { enableCompileCache } from 'node:module';

// An agent must be up in a fraction of a second, on a small machine: what is compiled once is kept. Where
// NODE_COMPILE_CACHE is set in the environment this file is in it, too, and no TypeScript is loaded at all.
enableCompileCache();
const { runAgent } = await import('./agent.ts');
await runAgent();
