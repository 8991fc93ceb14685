import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { AccessLogs } from './access-logs.ts';
import { parseControllers } from './heartbeat-sender.ts';
import { JournalReader } from './journal-reader.ts';
import { fileBytesMax, type LogSettings } from './log-settings.ts';
import type { AgentPaths } from './paths.ts';
import type { SyslogTarget } from './syslog-target.ts';
import { TcpSyslog } from './syslog-tcp.ts';
import { UdpSyslog } from './syslog-udp.ts';

/** The services that pass log lines on, and what takes the agent's own. */
export interface LogForwarding {
  readonly services: readonly Service[];
  readonly ownLine: (line: string) => void;
}

/** Of an agent that reads logs: @see isAgentReading */
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
    services: [accessLogs, ...journal],
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
