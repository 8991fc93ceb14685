import { readdirSync, readFileSync } from 'node:fs';
import type { LoadBalancerTree } from '../../domain/load-balancer-tree.ts';
import type { HaproxyContext } from '../context.ts';
import { type GoldenOptions, optionsOf, pathsOf } from './golden-options.ts';
import { type GoldenObjects, treeOf } from './golden-tree.ts';

/** A recorded case: what the original was given, what it wrote, which requests it made. */
export interface GoldenCase {
  readonly name: string;
  readonly description: string;
  readonly hostAmphoraId: string;
  readonly info: { readonly haproxy_version: string };
  readonly details: Readonly<Record<string, unknown>>;
  readonly tree: LoadBalancerTree;
  readonly context: HaproxyContext;
  /** The original's haproxy.cfg. */
  readonly config: string;
  readonly localPeerName: string;
  readonly requests: readonly GoldenRequest[];
  readonly uploads: Readonly<Record<string, { readonly md5: string; readonly content: string }>>;
}

export interface GoldenRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body_sha256?: string;
}

interface GoldenFile extends GoldenObjects {
  readonly description: string;
  readonly context: {
    readonly topology: 'SINGLE' | 'ACTIVE_STANDBY';
    readonly host_amphora_id: string;
    readonly amphora_info: { readonly haproxy_version: string };
    readonly amphora_details: Readonly<Record<string, unknown>> | null;
    readonly config: GoldenOptions;
  };
  readonly expect: {
    readonly local_peer_name: string;
    readonly requests: readonly GoldenRequest[];
    readonly uploads?: GoldenCase['uploads'];
  };
}

const DIRECTORY = new URL('../testdata/', import.meta.url);
const DETAILS = {
  cpu_count: 1,
  active_tuned_profiles: '',
  memory: { free: 520_000, buffers: 30_000, cached: 250_000 },
};

export function goldenCaseNames(): readonly string[] {
  const files = readdirSync(DIRECTORY).filter((file) => /^\d\d-.*\.json$/.test(file));
  return files.map((file) => file.replace('.json', '')).toSorted();
}

/** @param certificateFiles reference → file name, as the driver would have uploaded them */
export function readGoldenCase(
  name: string,
  certificateFiles: ReadonlyMap<string, string> = new Map(),
): GoldenCase {
  const file = JSON.parse(readText(`${name}.json`)) as GoldenFile;
  const details = { ...DETAILS, ...file.context.amphora_details };
  return {
    name,
    description: file.description,
    hostAmphoraId: file.context.host_amphora_id,
    info: file.context.amphora_info,
    details,
    tree: treeOf(file, file.context.topology),
    context: {
      options: optionsOf(file.context.config),
      paths: pathsOf(file.context.config),
      haproxyVersion: file.context.amphora_info.haproxy_version,
      machine: {
        cpuCount: details.cpu_count,
        activeTunedProfiles: details.active_tuned_profiles,
        memory: {
          freeKib: details.memory.free,
          buffersKib: details.memory.buffers,
          cachedKib: details.memory.cached,
        },
      },
      certificateFiles,
    },
    config: readText(`${name}.cfg`),
    localPeerName: file.expect.local_peer_name,
    requests: file.expect.requests,
    uploads: file.expect.uploads ?? {},
  };
}

export function readText(file: string): string {
  return readFileSync(new URL(file, DIRECTORY), 'utf8');
}
