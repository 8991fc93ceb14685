import { HealthMonitorType } from '../domain/health-monitor.ts';
import { ListenerProtocol } from '../domain/listener.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { globalConnectionLimit } from './connection-limit.ts';
import type { HaproxyContext, MachineDetails } from './context.ts';
import { refuse, word } from './escape.ts';
import { section, when } from './section.ts';
import { servedListeners, servedMonitor, servedPools } from './served-tree.ts';
import { featuresOf } from './version.ts';

/** HAProxy binds a temporary name first and refuses a longer one: the kernel's 108 bytes less its own suffix. */
const SOCKET_PATH_BYTES_MAX = 97;
const KIB_PER_CONNECTION = 32;
const CACHE_ENTRIES_PER_KIB = 4;
const CACHE_KIB_MIN = 5000;
/** A quarter of a GiB. HAProxy fills it in at every start: what is larger makes reloads slow on large machines. */
const CACHE_ENTRIES_MAX = 1_000_000;

/**
 * The process. Its group is named in a second file, which the agent brings. Where the limit of open files cannot be
 * raised to what `maxconn` calls for, as in a container, HAProxy shall serve fewer connections and not refuse to start.
 * Sockets need no `expose-fd` to survive a reload: a master hands them to its next worker by itself.
 */
export function renderGlobal(tree: LoadBalancerTree, context: HaproxyContext): string {
  const { options, paths } = context;
  const features = featuresOf(context.haproxyVersion);
  const base = word(paths.basePath, 'base_path');
  const connectionsMax = globalConnectionLimit(servedListeners(tree), options);
  const log = 'log /run/rsyslog/octavia/log';
  return section('global', [
    'daemon',
    'user nobody',
    `${log} local${options.userLogFacility}`,
    `${log} local${options.administrativeLogFacility} notice`,
    `stats socket ${statsSocket(base, tree.id)} mode 0666 level user`,
    ...when(features.hasServerState, `server-state-file ${base}/${tree.id}/servers-state`),
    `maxconn ${connectionsMax}`,
    ...when(features.hasStrictLimits, 'no strict-limits'),
    ...sslCacheLines(tree, context.machine, connectionsMax),
    ...threadLines(context.machine),
    ...when(hasPing(tree), 'external-check'),
    ...when(hasPing(tree) && features.needsForkWanted, 'insecure-fork-wanted'),
  ]);
}

/**
 * A worker that ends closes connections that are idle, and with them the request that is on its way that moment; told
 * so, it lets them have one answer more, which says that it is the last.
 */
export function renderDefaults({ options, haproxyVersion }: HaproxyContext): string {
  return section('defaults', [
    options.isConnectionLogged ? 'log global' : 'no log',
    'retries 3',
    'option redispatch',
    'option splice-request',
    'option splice-response',
    'option http-keep-alive',
    ...when(featuresOf(haproxyVersion).hasIdleClose, 'option idle-close-on-response'),
  ]);
}

function statsSocket(base: string, loadBalancerId: string): string {
  const path = `${base}/${loadBalancerId}.sock`;
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_BYTES_MAX)
    refuse(
      `stats socket ${path}`,
      `has ${bytes} bytes, HAProxy takes ${SOCKET_PATH_BYTES_MAX}; base_path must be shorter`,
    );
  return path;
}

/** Two fifths of the memory that connections leave go to the cache of TLS sessions. */
function sslCacheLines(
  tree: LoadBalancerTree,
  { memory }: MachineDetails,
  connectionsMax: number,
): readonly string[] {
  const isTerminating = servedListeners(tree).some(
    (listener) => listener.protocol === ListenerProtocol.TerminatedHttps,
  );
  if (!isTerminating || memory === null) return [];
  const leftKib =
    memory.freeKib + memory.buffersKib + memory.cachedKib - KIB_PER_CONNECTION * connectionsMax;
  const cacheKib = Math.floor((leftKib * 2) / 5);
  return when(
    cacheKib > CACHE_KIB_MIN,
    `tune.ssl.cachesize ${Math.min(cacheKib * CACHE_ENTRIES_PER_KIB, CACHE_ENTRIES_MAX)}`,
  );
}

/** On a machine tuned for it the first processor is the kernel's, the others are HAProxy's. */
function threadLines({ cpuCount, activeTunedProfiles }: MachineDetails): readonly string[] {
  if (cpuCount === null || cpuCount <= 1 || !/\bamphora\b/.test(activeTunedProfiles)) return [];
  const last = cpuCount - 1;
  return [`nbthread ${last}`, `cpu-map auto:1/1-${last} 1-${last}`];
}

function hasPing(tree: LoadBalancerTree): boolean {
  return servedListeners(tree)
    .flatMap((listener) => servedPools(tree, listener))
    .some((pool) => servedMonitor(pool)?.type === HealthMonitorType.Ping);
}
