import type { Logger } from '#core/ports/logger.ts';
import { AccessLogs, type LogChannel } from './access-logs.ts';
import type { AgentConfig } from './config.ts';
import { parseControllers } from './heartbeat-sender.ts';
import type { AgentPaths } from './paths.ts';
import type { LogReaders } from './render/access-log.ts';
import { TcpSyslog } from './syslog-tcp.ts';
import { UdpSyslog } from './syslog-udp.ts';

type LogSettings = AgentConfig['amphoraAgent'];

/** Who wants HAProxy's log lines; what nobody wants does not come to the agent at all. */
export function logReadersOf(settings: LogSettings): LogReaders {
  const { tenantLogTargets, adminLogTargets, accessLogBytesMax } = settings;
  return {
    tenants: tenantLogTargets.length > 0 || accessLogBytesMax > 0,
    administrators: adminLogTargets.length > 0,
    syslog: settings.serviceManager === 'systemd',
  };
}

export function openAccessLogs(
  settings: LogSettings,
  paths: AgentPaths,
  logger: Logger,
): AccessLogs {
  const channel = (facility: number, targets: readonly string[]): LogChannel => {
    const servers = parseControllers(targets);
    const queue = {
      queueMax: settings.logQueueSize,
      retriesMax: settings.logRetryCount,
      retryIntervalMs: settings.logRetryIntervalSeconds * 1000,
    };
    const isTcp = settings.logProtocol === 'TCP';
    const options = { servers, logger };
    return {
      facility,
      target: isTcp ? new TcpSyslog({ ...options, ...queue }) : new UdpSyslog(options),
    };
  };
  return new AccessLogs({
    paths,
    fileBytesMax: settings.accessLogBytesMax,
    tenants: channel(settings.userLogFacility, settings.tenantLogTargets),
    administrators: channel(settings.administrativeLogFacility, settings.adminLogTargets),
    logger,
  });
}
