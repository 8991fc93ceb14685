import { expect, test } from 'vitest';
import { withAccessLog } from './access-log.ts';

const [ID, SOCKET] = ['4b57680a-3ec4-586d-b09c-c27e70417e4a', '/agent.sock'];
const nobody = { tenants: false, administrators: false, syslog: false };
const config = `global
    log /run/rsyslog/octavia/log local0
    log /run/rsyslog/octavia/log local1 notice
    maxconn 10
`;

test('log lines of tenants that nobody reads are not written, and all other lines stay where they are', () => {
  const lines = withAccessLog(config, nobody, ID, SOCKET).split('\n');
  expect(lines).toEqual(config.split('\n').with(1, ''));
});

test('where the machine has a syslog it gets what the agent does not take', () => {
  const given = { ...nobody, syslog: true };
  expect(withAccessLog(config, given, ID, SOCKET)).toBe(config);
  const taken = withAccessLog(config, { ...given, tenants: true }, ID, SOCKET);
  expect(taken).toContain('log ring@octavia len 8192 local0\n');
  expect(taken).toContain('log /run/rsyslog/octavia/log local1 notice\n');
  expect(taken).toContain(`server agent unix@${SOCKET} `);
});
