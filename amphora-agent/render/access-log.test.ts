import { expect, test } from 'vitest';
import { asSent, type LogReaders, withAccessLog } from './access-log.ts';

const [ID, SOCKET] = ['4b57680a-3ec4-586d-b09c-c27e70417e4a', '/agent.sock'];
const config = `global
    log /run/rsyslog/octavia/log local0
    log /run/rsyslog/octavia/log local1 notice
    maxconn 10

frontend one
    log-format %f\\ %ci
`;

const rendered = (tenants: LogReaders['tenants'], administrators: LogReaders['administrators']) =>
  withAccessLog(config, { tenants, administrators }, ID, SOCKET);

/** What HAProxy reads of each line. */
function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.replace(/#.*/, ''));
}

test('what nobody reads is not written, and all other lines stay where they are', () => {
  const silent = config.split('\n').with(1, '    ').with(6, '    no log ');
  expect(linesOf(rendered('nobody', 'syslog'))).toEqual(silent);
  expect(linesOf(rendered('nobody', 'nobody'))).toEqual(silent.with(2, '    '));
});

test('where the machine has a syslog it gets what the agent does not take', () => {
  expect(rendered('syslog', 'syslog')).toBe(config);
  const taken = rendered('agent', 'syslog');
  expect(taken).toContain('log ring@octavia len 8192 local0\n');
  expect(taken).toContain('log /run/rsyslog/octavia/log local1 notice\n');
  expect(taken).toContain('log-format %f');
  expect(taken).toContain(`server agent unix@${SOCKET} `);
});

test('a controller gets back what it sent, whoever reads the lines', () => {
  const readers = ['agent', 'syslog', 'nobody'] as const;
  for (const tenants of readers)
    for (const administrators of readers)
      expect(asSent(rendered(tenants, administrators))).toBe(config);
});
