import { readFileSync } from 'node:fs';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { AccessLogs } from './access-logs.ts';
import type { AgentConfig } from './config.ts';
import { parseControllers } from './heartbeat-sender.ts';
import { JournalReader } from './journal-reader.ts';
import type { AgentPaths } from './paths.ts';
import type { LogReader, LogReaders } from './render/access-log.ts';
import type { SyslogTarget } from './syslog-target.ts';
import { TcpSyslog } from './syslog-tcp.ts';
import { UdpSyslog } from './syslog-udp.ts';

type LogSettings = AgentConfig['amphoraAgent'];

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

/** The services that pass log lines on, and what takes the agent's own. */
export interface LogForwarding {
  readonly services: readonly Service[];
  readonly ownLine: (line: string) => void;
}

export function openLogForwarding(
  settings: LogSettings,
  paths: AgentPaths,
  logger: Logger,
): LogForwarding {
  const administrators = targetOf(settings, settings.adminLogTargets, logger);
  const accessLogs = new AccessLogs({
    paths,
    fileBytesMax: fileBytesMax(settings),
    tenants: {
      facility: settings.userLogFacility,
      target: targetOf(settings, settings.tenantLogTargets, logger),
    },
    administrators: { facility: settings.administrativeLogFacility, target: administrators },
    logger,
  });
  const journal = hasJournal(settings)
    ? [new JournalReader({ target: administrators, logger })]
    : [];
  return {
    services: isAgentReading(settings) ? [accessLogs, ...journal] : [],
    // What the journal has of the agent's comes from there.
    ownLine: (line) => {
      if (journal.length === 0) accessLogs.tellAdministrators(line);
    },
  };
}

function targetOf(settings: LogSettings, targets: readonly string[], logger: Logger): SyslogTarget {
  const options = { servers: parseControllers(targets), logger };
  if (settings.logProtocol === 'UDP') return new UdpSyslog(options);
  return new TcpSyslog({
    ...options,
    queueMax: settings.logQueueSize,
    retriesMax: settings.logRetryCount,
    retryIntervalMs: settings.logRetryIntervalSeconds * 1000,
  });
}

function hasJournal({ isEverythingForwarded, adminLogTargets, serviceManager }: LogSettings) {
  return isEverythingForwarded && adminLogTargets.length > 0 && serviceManager === 'systemd';
}

function isAgentReading(settings: LogSettings): boolean {
  return Object.values(logReadersOf(settings)).includes('agent');
}

function fileBytesMax({ isLocalStorageDisabled, accessLogBytesMax }: LogSettings): number {
  return isLocalStorageDisabled ? 0 : accessLogBytesMax;
}

function hasText(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').trim() !== '';
  } catch {
    return false;
  }
}
