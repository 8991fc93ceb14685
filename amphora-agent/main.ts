import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { argv, env, execArgv, execPath, execve } from 'node:process';

const FLUSH_AFTER_MS = 5000;
const STRIPPER = 'NativeModule internal/deps/amaro/dist/index';
const HAS_FILLED_CACHE = 'OCTAVIA_AGENT_HAS_FILLED_CACHE';

const { runAgent } = await import('./agent.ts');

const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] };
// Loaded once, the stripper of types stays: the first agent after an upgrade fills the cache and begins anew from it.
const isStripped = moduleLoadList?.includes(STRIPPER) ?? false;
if (isStripped && getCompileCacheDir() !== undefined && env[HAS_FILLED_CACHE] === undefined) {
  flushCompileCache();
  execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], {
    ...env,
    [HAS_FILLED_CACHE]: '1',
  });
}
// Of the agent alone (see `start`): HAProxy, which has threads, is better off without.
delete env['MALLOC_ARENA_MAX'];
delete env[HAS_FILLED_CACHE];
// What is compiled later. Agents do not end of themselves: it is written while they run.
setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
await runAgent();
