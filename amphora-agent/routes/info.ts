import { hostname } from 'node:os';
import { linkTraffic } from '../apply/link-traffic.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import {
  configuredLoadBalancers,
  configuredLvsListeners,
  readHaproxyConfig,
} from '../haproxy-config.ts';
import { readHostFigures } from '../host-figures.ts';
import { json } from '../http-message.ts';
import type { PackageVersions } from '../package-versions.ts';
import { type AgentPaths, loadBalancerPaths } from '../paths.ts';
import { isRunning } from '../process-state.ts';
import type { Route } from '../router.ts';
import type { LvsBalancing } from '../udp/balancing.ts';

export interface InfoContext {
  readonly paths: AgentPaths;
  readonly namespace: HaproxyNamespace;
  readonly balancing: LvsBalancing;
  versions(): Promise<PackageVersions>;
}

const API_VERSION = '1.0';
/** What controllers may ask of this agent and not of Octavia's, which say nothing of the kind. */
const FEATURES = ['sub-second-vrrp'];

/** What this amphora is: the version of its API, of its programs, and how it fares. */
export function infoRoutes(context: InfoContext): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      isChange: false,
      handle: () => json(200, { api_version: API_VERSION }),
    },
    {
      method: 'GET',
      path: '/1.0/info',
      isChange: false,
      handle: async () => json(200, await readInfo(context)),
    },
    {
      method: 'GET',
      path: '/1.0/details',
      isChange: false,
      handle: async () => json(200, await readDetails(context)),
    },
  ];
}

async function readInfo(context: InfoContext): Promise<Readonly<Record<string, unknown>>> {
  const { haproxy, keepalived, ipvsadm } = await context.versions();
  return {
    hostname: hostname(),
    haproxy_version: haproxy,
    api_version: API_VERSION,
    keepalived_version: keepalived,
    ipvsadm_version: ipvsadm,
    features: [...FEATURES, `udp-by-${context.balancing.kind}`],
  };
}

async function readDetails(context: InfoContext): Promise<unknown> {
  const { paths, namespace, balancing } = context;
  const [info, figures, networks, loadBalancerIds, lvsIds] = await Promise.all([
    readInfo(context),
    readHostFigures(),
    linkTraffic(namespace),
    configuredLoadBalancers(paths),
    configuredLvsListeners(paths),
  ]);
  const configs = await Promise.all(loadBalancerIds.map((id) => readHaproxyConfig(paths, id)));
  const listeners = configs.flatMap((config) => config?.listeners.map(({ id }) => id) ?? []);
  const states = await Promise.all(lvsIds.map((id) => balancing.stateOf(id)));
  return {
    ...info,
    ...figures,
    networks,
    active: true,
    haproxy_count: await running(loadBalancerIds.map((id) => loadBalancerPaths(paths, id).pid)),
    lvs_listener_process_count: states.filter((state) => state === 'running').length,
    topology: 'SINGLE',
    topology_status: 'OK',
    listeners: [...listeners, ...lvsIds].sort(),
    packages: {},
  };
}

async function running(pidFiles: readonly string[]): Promise<number> {
  const states = await Promise.all(pidFiles.map((pidFile) => isRunning({ pidFile })));
  return states.filter(Boolean).length;
}
