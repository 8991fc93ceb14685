import { readFileSync } from 'node:fs';
import type { AgentConfig } from './config.ts';
import type { LogReader, LogReaders } from './render/access-log.ts';

export type LogSettings = AgentConfig['amphoraAgent'];

/** What Octavia's controllers tell the machine's rsyslog to send on; empty where they have no targets. Ours write none. */
const RSYSLOG_RULES = '/etc/rsyslog.d/10-rsyslog.conf';

/**
 * Who wants HAProxy's log lines; what nobody wants is not even written. Tenants' are kept nowhere unless somebody asked for
 * it, administrators' in the syslog of a machine that has one.
 */
export function logReadersOf(
  settings: LogSettings,
  rsyslogRules: string = RSYSLOG_RULES,
): LogReaders {
  const hasSyslog = settings.serviceManager === 'systemd';
  const isSentOn = hasSyslog && hasText(rsyslogRules);
  const isKept = hasSyslog && !settings.isLocalStorageDisabled;
  const { tenantLogTargets, adminLogTargets } = settings;
  return {
    tenants: readerOf(tenantLogTargets.length > 0 || fileBytesMax(settings) > 0, isSentOn),
    administrators: readerOf(adminLogTargets.length > 0, isSentOn || isKept),
  };
}

function readerOf(isTaken: boolean, isSyslogs: boolean): LogReader {
  if (isTaken) return 'agent';
  return isSyslogs ? 'syslog' : 'nobody';
}

/** Whether any of it is for the agent to pass on. */
export function isAgentReading(settings: LogSettings): boolean {
  return Object.values(logReadersOf(settings)).includes('agent');
}

/** Of a tenant's log on this machine's disk; 0: none is kept. */
export function fileBytesMax({ isLocalStorageDisabled, accessLogBytesMax }: LogSettings): number {
  return isLocalStorageDisabled ? 0 : accessLogBytesMax;
}

function hasText(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').trim() !== '';
  } catch {
    return false;
  }
}
