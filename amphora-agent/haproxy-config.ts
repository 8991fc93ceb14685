import { readdir } from 'node:fs/promises';
import { readIfPresent } from './apply/atomic-file.ts';
import { type AgentPaths, loadBalancerPaths } from './paths.ts';

export interface ConfiguredListener {
  readonly id: string;
  /** `HTTP`, `TCP`, or `TERMINATED_HTTPS`. */
  readonly type: string;
}

/** What the agent reads out of a HAProxy configuration that a controller sent. */
export interface HaproxyConfig {
  readonly listeners: readonly ConfiguredListener[];
  readonly statsSocket: string | null;
  /** Every address that a listener binds, once. */
  readonly bindAddresses: readonly string[];
}

export function parseHaproxyConfig(text: string): HaproxyConfig {
  const frontends = text
    .split(/^(?=\S)/m)
    .flatMap((section) => frontendOf(section.split('\n')))
    .filter(({ id }) => !id.startsWith('prometheus'));
  return {
    listeners: frontends.map(({ id, type }) => ({ id, type })),
    statsSocket: /^\s*stats socket (\S+)/m.exec(text)?.[1] ?? null,
    bindAddresses: [...new Set(frontends.flatMap(({ addresses }) => addresses))],
  };
}

function frontendOf([head = '', ...lines]: readonly string[]): readonly {
  readonly id: string;
  readonly type: string;
  readonly addresses: readonly string[];
}[] {
  const id = /^frontend (\S+)$/.exec(head)?.[1];
  if (id === undefined) return [];
  const binds = lines.filter((line) => /^\s+bind \S+:\d+/.test(line));
  const isTls = binds.some((line) => /^\s+bind \S+ ssl crt-list /.test(line));
  const mode = lines.flatMap((line) => /^\s+mode (\S+)/.exec(line)?.[1] ?? [])[0] ?? '';
  return [
    {
      id,
      type: isTls ? 'TERMINATED_HTTPS' : mode.toUpperCase(),
      addresses: binds.flatMap((line) => /^\s+bind (\S+):\d+/.exec(line)?.[1] ?? []),
    },
  ];
}

/** Ids of all load balancers that have a configuration, sorted. */
export async function configuredLoadBalancers(paths: AgentPaths): Promise<readonly string[]> {
  const entries = await readdir(paths.base).catch(() => []);
  const ids = entries.filter((entry) => /^[0-9a-f-]{36}$/i.test(entry)).sort();
  const found = await Promise.all(
    ids.map(async (id) => ((await readHaproxyConfig(paths, id)) === null ? [] : [id])),
  );
  return found.flat();
}

/** Null when the load balancer has none. */
export async function readHaproxyConfig(
  paths: AgentPaths,
  loadBalancerId: string,
): Promise<HaproxyConfig | null> {
  const content = await readIfPresent(loadBalancerPaths(paths, loadBalancerId).config);
  return content === null ? null : parseHaproxyConfig(content.toString('utf8'));
}

/** Ids of all LVS listeners that have a configuration, sorted. */
export async function configuredLvsListeners(paths: AgentPaths): Promise<readonly string[]> {
  const entries = await readdir(paths.lvs).catch(() => []);
  return entries
    .flatMap((entry) => /^octavia-keepalivedlvs-([0-9a-f-]{36})\.conf$/i.exec(entry)?.[1] ?? [])
    .sort();
}
