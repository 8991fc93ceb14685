import { choice, flag, integer, lines, list, port, text } from '../option.ts';
import { section } from '../section.ts';

export const healthManager = section(
  'health_manager',
  {
    bindIp: text({ name: 'bind_ip', default: '127.0.0.1', help: 'address heartbeats arrive at' }),
    bindPort: port({ name: 'bind_port', default: 5555, help: 'UDP port heartbeats arrive at' }),
    heartbeatKey: text({
      name: 'heartbeat_key',
      default: '',
      isSecret: true,
      help: 'HMAC key shared with the amphorae: they sign with it',
    }),
    heartbeatKeysPrevious: lines({
      name: 'heartbeat_key_previous',
      default: [],
      isSecret: true,
      help: 'ours: keys accepted beside heartbeat_key, one a line (further lines begin with a blank): the one before, or, at the start of a rotation, the next',
    }),
    heartbeatIntervalSeconds: integer({
      name: 'heartbeat_interval',
      default: 10,
      min: 1,
      max: 3600,
      help: 'seconds between heartbeats of an amphora',
    }),
    heartbeatTimeoutSeconds: integer({
      name: 'heartbeat_timeout',
      default: 60,
      min: 2,
      max: 86_400,
      help: 'seconds of silence after which an amphora is stale',
    }),
    healthCheckIntervalSeconds: integer({
      name: 'health_check_interval',
      default: 3,
      min: 1,
      max: 3600,
      help: 'seconds between looks for stale amphorae',
    }),
    failoverThreshold: integer({
      name: 'failover_threshold',
      default: 0,
      min: 0,
      help: 'stale amphorae at which none is failed over, but all become FAILOVER_STOPPED until they report again; 0: no such limit',
    }),
    failoverThresholdPercent: integer({
      name: 'failover_threshold_percent',
      default: 50,
      min: 0,
      max: 100,
      help: 'ours: the same as a share, in percent, of the amphorae of one availability zone (that zone stops) or of all outside of stopped zones (everything stops); 0: no such limit',
    }),
    failoverThresholdFloor: integer({
      name: 'failover_threshold_floor',
      default: 10,
      min: 1,
      help: 'ours: fewer stale amphorae than this never reach failover_threshold_percent, so that a small cloud heals',
    }),
    failoverBudget: integer({
      name: 'failover_budget',
      default: 50,
      min: 1,
      help: 'ours: failovers in progress at one time, those asked for through the API included; further ones wait for their turn',
    }),
    failoverBudgetPercent: integer({
      name: 'failover_budget_percent',
      default: 10,
      min: 1,
      max: 100,
      help: 'ours: the same as a share, in percent, of all amphorae; the smaller of the two holds, but 5 are always allowed if failover_budget is',
    }),
    controllerIpPortList: list({
      name: 'controller_ip_port_list',
      default: [],
      help: 'host:port of each health manager, told to the amphorae',
    }),
    heartbeatWire: choice({
      name: 'heartbeat_wire',
      of: ['octavia', 'native'],
      default: 'octavia',
      help: 'ours: what amphorae send; both are always understood',
    }),
    ingestThreads: integer({
      name: 'health_update_threads',
      default: 0,
      min: 0,
      max: 64,
      help: 'threads that receive and decode heartbeats; 0: two where there are two processors or more, else one',
    }),
    receiveBufferBytes: integer({
      name: 'sock_rlimit',
      default: 4_194_304,
      min: 0,
      help: "SO_RCVBUF of each thread's socket, in bytes; 0: the kernel's default",
    }),
    isSilenceSuspect: flag({
      name: 'expect_heartbeats',
      default: true,
      help: 'ours: an amphora that never reported is stale too; false where amphorae are noop',
    }),
  },
  ['failover_threads', 'stats_update_threads', 'health_update_driver', 'stats_update_driver'],
);
