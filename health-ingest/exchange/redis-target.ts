import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** Which Redis, as configured in `[redis]`. Must survive structured cloning. */
export interface RedisTarget {
  readonly url: string;
  /** `host:port`. Given: a cluster. */
  readonly clusterNodes: readonly string[];
  /** `host:port`. Given: a master that Sentinels watch. */
  readonly sentinelNodes: readonly string[];
  readonly sentinel: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly sentinelUsername: string | null;
  readonly sentinelPassword: string | null;
  readonly isTls: boolean;
  readonly tlsCaFile: string | null;
}

/** @returns what is wrong with it, as a sentence for the operator; null: nothing */
export function problemWith(target: RedisTarget): string | null {
  const { clusterNodes, sentinelNodes } = target;
  if (clusterNodes.length > 0 && sentinelNodes.length > 0)
    return '[redis] cluster_nodes and sentinel_nodes exclude each other: give one of them';
  const odd = [...clusterNodes, ...sentinelNodes].find((node) => !NODE.test(node));
  return odd === undefined
    ? null
    : `[redis] ${odd} is no host:port, such as 10.0.0.5:6379 or [2001:db8::5]:6379`;
}

export function redisNode(node: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = NODE.exec(node) ?? [];
  return { host: bracketed ?? plain ?? '', port: Number(port) };
}

export function tlsOf({ tlsCaFile }: Pick<RedisTarget, 'tlsCaFile'>): ConnectionOptions {
  return tlsCaFile === null ? {} : { ca: readFileSync(tlsCaFile) };
}

const NODE = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/;
