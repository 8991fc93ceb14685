import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';

const here = (file: string): string => new URL(file, import.meta.url).href;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Running {
  readonly child: ChildProcess;
  /** Every message logged so far, and what the services say they do. */
  readonly said: string[];
  /** Resolves once it has said so. */
  readonly until: (message: string) => Promise<void>;
  readonly ended: Promise<unknown>;
}

/** A daemon as a process of its own. In the script `part(name, {start, stop})` makes a service that tells what it does. */
function daemon(script: string): Running {
  const program = `
    import { runDaemon } from '${here('daemon.ts')}';
    import { openLogger } from '${here('../telemetry/logger.ts')}';
    const logger = openLogger({ service: 'test', isDebug: false, format: 'json' });
    const say = (message) => logger.info({}, message);
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const part = (name, { start = () => {}, stop = () => {} } = {}) => ({
      name,
      async start() { say('start ' + name); await start(); },
      async stop() { say('stop ' + name); await stop(); say('stopped ' + name); },
    });
    setInterval(() => {}, 1000);
    ${script}`;
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '--no-warnings', '-e', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => said.push((JSON.parse(line) as { message: string }).message));
  return {
    child,
    said,
    async until(message) {
      while (!said.includes(message)) await once(lines, 'line');
    },
    ended: Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([exit]) => exit),
  };
}

test('services start in order and stop in the reverse order, one after the other', async () => {
  const { child, said, until, ended } = daemon(`
    await runDaemon({ logger, drainTimeoutMs: 5000, services: [
      part('database'), part('queue', { stop: () => wait(50) }), part('server'),
    ] });`);
  await until('ready');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said).toEqual([
    'start database',
    'start queue',
    'start server',
    'ready',
    'draining',
    'stop server',
    'stopped server',
    'stop queue',
    'stopped queue',
    'stop database',
    'stopped database',
    'stopped',
  ]);
});

test('SIGINT drains as SIGTERM does, and a second signal changes nothing', async () => {
  const { child, said, until, ended } = daemon(`
    await runDaemon({ logger, drainTimeoutMs: 5000, services: [part('server', { stop: () => wait(300) })] });`);
  await until('ready');
  child.kill('SIGINT');
  await until('stop server');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said.filter((message) => message === 'stop server')).toHaveLength(1);
});

test('a drain that takes too long ends with code 2 and names what held it up', async () => {
  const { child, said, until, ended } = daemon(`
    await runDaemon({ logger, drainTimeoutMs: 100, services: [
      part('database'), part('server', { stop: () => new Promise(() => {}) }),
    ] });`);
  await until('ready');
  child.kill('SIGTERM');
  expect(await ended).toEqual([2, null]);
  expect(said).toContain('drain took too long, ending with work under way');
  expect(said).not.toContain('stop database');
});

test('a service that cannot stop keeps no other from stopping', async () => {
  const { child, said, until, ended } = daemon(`
    await runDaemon({ logger, drainTimeoutMs: 5000, services: [
      part('database'), part('server', { stop: () => { throw new Error('stuck'); } }),
    ] });`);
  await until('ready');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said).toContain('could not stop cleanly');
  expect(said).toContain('stopped database');
});

test('a service that cannot start ends the daemon with code 1, after what had started is stopped', async () => {
  const { said, ended } = daemon(`
    await runDaemon({ logger, drainTimeoutMs: 5000, services: [
      part('database'), part('server', { start: () => { throw new Error('port taken'); } }), part('never'),
    ] });`);
  expect(await ended).toEqual([1, null]);
  expect(said).toContain('could not start');
  expect(said).toContain('stopped database');
  expect(said).not.toContain('start never');
});

test('a signal during the start stops what has started and starts no more', async () => {
  const { child, said, until, ended } = daemon(`
    await runDaemon({ logger, drainTimeoutMs: 5000, services: [
      part('database', { start: () => wait(300), stop: () => wait(900) }), part('never'),
    ] });`);
  await until('start database');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said).not.toContain('start never');
  expect(said).not.toContain('ready');
});

test.each(['throw new Error("a bug")', 'Promise.reject(new Error("a bug"))'])(
  'what nobody caught ends the daemon with code 1: %s',
  async (bug) => {
    const { said, ended } = daemon(`
      await runDaemon({ logger, drainTimeoutMs: 5000, services: [part('server')] });
      setTimeout(() => { ${bug}; }, 10);`);
    expect(await ended).toEqual([1, null]);
    expect(said).toContain('uncaught exception, ending');
  },
);
