import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartProblem } from './start-problem.ts';

/** What `npm start -- …` may ask for. Two clouds on one machine must differ in every one of these but `drivers`. */
export interface OneBoxOptions {
  readonly dataDir: string;
  readonly drivers: 'local' | 'noop';
  readonly apiHost: string;
  readonly apiPort: number;
  readonly postgresPort: number;
  readonly redisPort: number;
  readonly heartbeatPort: number;
  /** The first of five: API, worker, health-ingest, housekeeping, driver-agent. */
  readonly telemetryPort: number;
  /** Begins the name of every namespace, bridge and link. */
  readonly namePrefix: string;
  readonly lbNetworkCidr: string;
  /** The tenant network, `name=cidr` or `name=cidr+cidr`, IPv4 and then IPv6. */
  readonly network: string;
  /** What VIPs may be limited to, each `name=direction:max_kbps[:max_burst_kbps]`. */
  readonly qosPolicies: readonly string[];
  /** Options that override the generated octavia.conf; null: none. */
  readonly configFile: string | null;
  readonly isVerbose: boolean;
}

export const ONE_BOX_DEFAULTS: OneBoxOptions = {
  dataDir: resolve(import.meta.dirname, '../../.data'),
  drivers: 'local',
  apiHost: '127.0.0.1',
  apiPort: 9876,
  postgresPort: 15_432,
  redisPort: 16_379,
  heartbeatPort: 5555,
  telemetryPort: 9690,
  namePrefix: 'oct',
  lbNetworkCidr: '172.30.0.0/20',
  network: 'private=10.99.0.0/20',
  qosPolicies: [],
  configFile: null,
  isVerbose: false,
};

const HELP = `The one-box cloud: PostgreSQL, Redis, the networks and every daemon of Octavia on this machine, until Ctrl-C.

  --data-dir DIR         all files of the cloud (default .data in the checkout)
  --drivers local|noop   local: network namespaces and real traffic, needs root; noop: none (default local)
  --api-host ADDRESS     where the API listens (default 127.0.0.1)
  --api-port PORT        (default 9876)
  --postgres-port PORT   of the private PostgreSQL, on loopback (default 15432)
  --redis-port PORT      of the private Redis, on loopback (default 16379)
  --heartbeat-port PORT  UDP, where amphorae report (default 5555)
  --telemetry-port PORT  first of five for /metrics, /healthz and /readyz (default 9690)
  --name-prefix PREFIX   begins the names of namespaces, bridges and links, at most 4 letters (default oct)
  --lb-network CIDR      network of controllers and amphorae (default 172.30.0.0/20)
  --network NAME=CIDR    tenant network (default private=10.99.0.0/20); for IPv6 besides: private=10.99.0.0/20+fd00:99::/64
  --qos-policies LIST    what VIPs may be limited to in kbit/s (default none): slow=egress:8000+ingress:8000,fast=egress:90000
  --config-file FILE     octavia.conf options that override the generated ones
  --verbose              every log line of the daemons on the terminal, not only warnings
  --help                 this text
`;

const STRINGS = [
  'data-dir',
  'drivers',
  'api-host',
  'api-port',
  'postgres-port',
  'redis-port',
  'heartbeat-port',
  'telemetry-port',
  'name-prefix',
  'lb-network',
  'network',
  'qos-policies',
  'config-file',
] as const;

type Given = { readonly [Name in (typeof STRINGS)[number]]?: string };

/**
 * @returns the options, or the text to print when help was asked for
 * @throws StartProblem naming the option, the value and what would be right
 */
export function readOptions(args: readonly string[]): OneBoxOptions | { readonly help: string } {
  const { given, isVerbose, isHelp } = parse(args);
  if (isHelp) return { help: HELP };
  const own = ONE_BOX_DEFAULTS;
  return Object.freeze({
    dataDir: resolve(given['data-dir'] ?? own.dataDir),
    drivers: driversOf(given.drivers),
    apiHost: given['api-host'] ?? own.apiHost,
    apiPort: portOf('api-port', given, own.apiPort),
    postgresPort: portOf('postgres-port', given, own.postgresPort),
    redisPort: portOf('redis-port', given, own.redisPort),
    heartbeatPort: portOf('heartbeat-port', given, own.heartbeatPort),
    telemetryPort: portOf('telemetry-port', given, own.telemetryPort),
    namePrefix: prefixOf(given['name-prefix'] ?? own.namePrefix),
    lbNetworkCidr: given['lb-network'] ?? own.lbNetworkCidr,
    network: given.network ?? own.network,
    qosPolicies: given['qos-policies']?.split(',').filter(Boolean) ?? own.qosPolicies,
    configFile: given['config-file'] === undefined ? null : resolve(given['config-file']),
    isVerbose,
  });
}

function parse(args: readonly string[]): { given: Given; isVerbose: boolean; isHelp: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(STRINGS.map((name) => [name, { type: 'string' as const }])),
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { verbose, help, ...given } = values;
    return { given, isVerbose: verbose === true, isHelp: help === true };
  } catch (error) {
    const first = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new StartProblem(`${first}; --help lists the options`, { cause: error });
  }
}

function driversOf(value: string | undefined): 'local' | 'noop' {
  if (value === undefined) return ONE_BOX_DEFAULTS.drivers;
  if (value === 'local' || value === 'noop') return value;
  throw new StartProblem(`--drivers is "${value}"; it must be local or noop`);
}

function portOf(name: keyof Given, given: Given, fallback: number): number {
  const value = given[name];
  if (value === undefined) return fallback;
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_531) return port;
  throw new StartProblem(`--${name} is "${value}"; it must be a port, 1 to 65531`);
}

function prefixOf(value: string): string {
  if (/^[a-z]{1,4}$/.test(value)) return value;
  throw new StartProblem(`--name-prefix is "${value}"; it must be 1 to 4 small letters`);
}
