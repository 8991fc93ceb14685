import { LbAlgorithm } from '../domain/pool.ts';
import type { HaproxyFeatures } from './version.ts';

const SOURCE_PORT = 'sess.source_port';

/** How a member is chosen. */
export function balanceLines(algorithm: LbAlgorithm, features: HaproxyFeatures): readonly string[] {
  switch (algorithm) {
    case LbAlgorithm.RoundRobin:
      return ['balance roundrobin'];
    case LbAlgorithm.LeastConnections:
      return ['balance leastconn'];
    case LbAlgorithm.SourceIp:
      return ['balance source'];
    case LbAlgorithm.SourceIpPort:
      return sourceIpPortLines(features);
  }
}

/**
 * HAProxy has no word for it: since 2.6 it hashes any expression, and the only way to have two things in one is a
 * variable. Before, the address alone keeps the promise that one connection's packets stay together.
 */
function sourceIpPortLines({ hasHashBalance }: HaproxyFeatures): readonly string[] {
  if (!hasHashBalance) return ['balance source'];
  return [
    `tcp-request content set-var(${SOURCE_PORT}) src_port`,
    `balance hash src,concat(:,${SOURCE_PORT})`,
  ];
}
