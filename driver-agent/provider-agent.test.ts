import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { ProviderAgent } from './provider-agent.ts';

let folder: string;
let agent: ProviderAgent;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-provider-agent-'));
  said = [];
});
afterEach(async () => {
  await agent.stop();
  await rm(folder, { recursive: true });
});

const note = (fields: object, message: string): void =>
  void said.push(`${message}: ${'ending' in fields ? String(fields.ending) : ''}`);
const logger: Logger = { debug() {}, info: note, warn: note, error: note, child: () => logger };

/** Runs that script; `$LOG` is a file that `log` reads. */
async function start(script: string, shutdownTimeoutMs = 60_000): Promise<void> {
  const file = join(folder, 'agent.sh');
  await writeFile(file, script);
  agent = new ProviderAgent({
    name: 'acme',
    command: `sh  ${file} one`,
    environment: { LOG: join(folder, 'log'), OCTAVIA_STATUS_SOCKET: '/run/status.sock' },
    shutdownTimeoutMs,
    // Again at once, so that nothing is started unseen.
    clock: { ...systemClock, sleep: async () => {} },
    logger,
    started: () => undefined,
  });
  await agent.start();
}

const log = (): Promise<string> => readFile(join(folder, 'log'), 'utf8').catch(() => '');
const becomes = (wanted: RegExp) => expect.poll(log, { timeout: 30_000 }).toMatch(wanted);

test('a provider agent that fails is started again, with the paths of the sockets, and is asked to end with us', async () => {
  await start(`
    echo "$1 $OCTAVIA_STATUS_SOCKET" >> $LOG
    [ "$(wc -l < $LOG)" -ge 2 ] || exit 3
    trap 'echo asked >> $LOG; exit 0' TERM
    echo up >> $LOG
    while :; do sleep 0.05; done`);
  await becomes(/^(one \/run\/status.sock\n){2}up\n$/);
  await agent.stop();
  await becomes(/up\nasked\n$/);
  expect(said).toEqual(['a provider agent failed, starting it again: exit code 3']);
});

test('one that ends well is left alone', async () => {
  await start('echo done >> $LOG');
  await expect
    .poll(() => said, { timeout: 30_000 })
    .toEqual(['a provider agent has ended: exit code 0']);
  await agent.stop();
  expect(await log()).toBe('done\n');
});

test('one that does not want to end is killed', async () => {
  await start(`trap '' TERM; echo up >> $LOG; while :; do sleep 0.05; done`, 100);
  await becomes(/up/);
  await agent.stop();
  expect(said).toEqual(['a provider agent did not end in time, killing it: ']);
});
