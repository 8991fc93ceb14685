import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { JournalReader } from './journal-reader.ts';

const LINES = [
  { _TRANSPORT: 'kernel', PRIORITY: '4', SYSLOG_IDENTIFIER: 'kernel', MESSAGE: 'out of memory' },
  { SYSLOG_FACILITY: '17', PRIORITY: '5', _COMM: 'keepalived', MESSAGE: 'Entering MASTER STATE' },
  { MESSAGE: [1, 2, 3] },
  { MESSAGE: 'last' },
];
const AT = { __REALTIME_TIMESTAMP: '1767323045000000' };

const errors: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (_details, what) => errors.push(what),
  child: () => logger,
};

/** In the place of the machine's journal. */
async function journalctl(script: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  await writeFile(join(folder, 'journalctl'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'journalctl'), 0o755);
  const path = process.env['PATH'];
  process.env['PATH'] = `${folder}:${path}`;
  onTestFinished(async () => {
    process.env['PATH'] = path;
    await rm(folder, { recursive: true });
  });
}

async function follow(): Promise<readonly string[]> {
  const messages: string[] = [];
  const target = {
    start: () => {},
    send: (message: Buffer) => messages.push(message.toString()),
    stop: async () => {},
  };
  const reader = new JournalReader({ target, logger });
  onTestFinished(() => reader.stop());
  await reader.start();
  await reader.start();
  return messages;
}

test('what the journal takes in goes out by RFC 5424, with its own facility and severity', async () => {
  const text = LINES.map((line) => JSON.stringify({ ...AT, ...line })).join('\n');
  await journalctl(`cat <<'END'\nno JSON\n${text}\nEND\nexec sleep 60`);
  const messages = await follow();
  await expect.poll(() => messages.length).toBe(3);
  const time = '2026-01-02T03:04:05.000Z';
  expect(messages).toEqual([
    expect.stringMatching(new RegExp(`^<4>1 ${time} \\S+ kernel - - - out of memory$`)),
    expect.stringMatching(
      new RegExp(`^<141>1 ${time} \\S+ keepalived - - - Entering MASTER STATE$`),
    ),
    expect.stringMatching(new RegExp(`^<30>1 ${time} \\S+ - - - - last$`)),
  ]);
});

test('a journal that cannot be followed is told', async () => {
  await journalctl('exit 3');
  await follow();
  await expect.poll(() => errors.join()).toContain('the journal is no longer read');
});
