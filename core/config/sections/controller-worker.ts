import { Topology } from '../../domain/load-balancer.ts';
import {
  choice,
  choices,
  decimal,
  integer,
  list,
  optionalText,
  TIMER_SECONDS_MAX,
  text,
} from '../option.ts';
import { section } from '../section.ts';

const NOOP_NETWORK = 'network_noop_driver';
const NOOP_VOLUME = 'volume_noop_driver';

export const controllerWorker = section(
  'controller_worker',
  {
    activeRetriesMax: integer({
      name: 'amp_active_retries',
      default: 30,
      min: 1,
      help: 'looks at a booting machine before it is given up',
    }),
    activeWaitSeconds: decimal({
      name: 'amp_active_wait_sec',
      default: 10,
      min: 0.01,
      max: TIMER_SECONDS_MAX,
      help: 'seconds between those looks',
    }),
    amphoraDriver: choice({
      name: 'amphora_driver',
      of: ['amphora_haproxy_rest_driver', 'amphora_noop_driver'],
      default: 'amphora_haproxy_rest_driver',
      help: 'how amphorae are spoken to',
    }),
    computeDriver: choice({
      name: 'compute_driver',
      of: ['compute_local_driver', 'compute_noop_driver'],
      default: 'compute_noop_driver',
      help: 'who makes the machines',
    }),
    machineFlavor: optionalText({
      name: 'amp_flavor_id',
      help: 'compute flavor of machines where the load balancer has no flavor with compute_flavor',
    }),
    imageTag: optionalText({
      name: 'amp_image_tag',
      help: 'machines boot the newest image with this tag, where no flavor has amp_image_tag',
    }),
    imageOwnerId: optionalText({
      name: 'amp_image_owner_id',
      help: 'project whose images count; without one, whoever can tag an image decides',
    }),
    sshKeyName: optionalText({
      name: 'amp_ssh_key_name',
      help: 'SSH key of machines, as the compute service knows it; the one-box cloud has none',
    }),
    bootNetworks: list({
      name: 'amp_boot_network_list',
      default: [],
      help: 'ids of the management networks of machines, the first for the agent; management_network of an availability zone goes before; empty: the one of the cloud',
    }),
    securityGroups: list({
      name: 'amp_secgroup_list',
      default: [],
      help: 'security groups of machines in those networks; the one-box cloud has none',
    }),
    networkDriver: choice({
      name: 'network_driver',
      of: ['network_local_driver', NOOP_NETWORK],
      default: NOOP_NETWORK,
      help: 'who makes ports and addresses',
    }),
    volumeDriver: choice({
      name: 'volume_driver',
      of: ['volume_local_driver', NOOP_VOLUME],
      default: NOOP_VOLUME,
      help: 'who makes the volumes that machines boot from; volume_noop_driver: they boot from their image',
    }),
    clientCa: text({
      name: 'client_ca',
      default: '/etc/octavia/certs/ca_01.pem',
      help: 'CA that agents trust: it signed client_cert',
    }),
    loadbalancerTopology: choice({
      name: 'loadbalancer_topology',
      of: [Topology.Single, Topology.ActiveStandby],
      default: Topology.Single,
      help: 'amphorae a load balancer has',
    }),
    statisticsDrivers: choices({
      name: 'statistics_drivers',
      of: ['stats_db', 'stats_logger', 'stats_prometheus'],
      default: ['stats_db'],
      help: 'where statistics go, to one or several; stats_prometheus is ours',
    }),
    statisticsListenersMax: integer({
      name: 'stats_prometheus_listeners',
      default: 10_000,
      min: 1,
      max: 1_000_000,
      help: 'ours: listeners with Prometheus series of their own; the others are added up as one',
    }),
    flowConcurrencyMax: integer({
      name: 'flow_concurrency',
      default: 50,
      min: 1,
      max: 500,
      help: 'ours: flows one worker runs at a time; of those that wait for a machine or an amphora it holds 500 besides',
    }),
    failoverConcurrencyMax: integer({
      name: 'failover_concurrency',
      default: 10,
      min: 1,
      max: 500,
      help: 'ours: failovers one worker runs at a time; of those that wait for a machine or an amphora it holds 500 besides',
    }),
    flowsTotalMax: integer({
      name: 'flow_concurrency_total',
      default: 0,
      min: 0,
      help: 'ours: flows all workers together run at a time, failovers apart; 0: as many as they can',
    }),
    flowDeadlineSeconds: integer({
      name: 'flow_deadline',
      default: 3600,
      min: 1,
      max: 86_400,
      help: 'ours: seconds from its first step after which an operation is failed and undone',
    }),
  },
  [
    { name: 'workers', why: 'start as many worker processes; flow_concurrency bounds each' },
    { name: 'amp_timezone', why: 'what an amphora writes has its times in UTC' },
    'image_driver',
    'distributor_driver',
    {
      name: 'user_data_config_drive',
      why: 'how files come into a machine is for the compute driver to say',
    },
    'amphora_delete_retries',
    'amphora_delete_retry_interval',
    { name: 'event_notifications', why: 'events go where the section events says' },
    'db_commit_retry_attempts',
    'db_commit_retry_initial_delay',
    'db_commit_retry_backoff',
    'db_commit_retry_max',
  ],
);
