import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { type Pool, SessionPersistenceType } from '../domain/pool.ts';
import type { HaproxyOptions } from './context.ts';
import { argument, word } from './escape.ts';
import { peersName } from './peers.ts';

/** How a client stays with its member. Tables hold IPv6, into which HAProxy maps IPv4 by itself. */
export function persistenceLines(
  pool: Pool,
  tree: LoadBalancerTree,
  options: HaproxyOptions,
): readonly string[] {
  const peers = peersName(tree);
  const size = `size ${word(options.stickSize, 'haproxy_stick_size')}${peers ? ` peers ${peers}` : ''}`;
  switch (pool.sessionPersistence?.type) {
    case undefined:
      return [];
    case SessionPersistenceType.SourceIp:
      return [`stick-table type ipv6 ${size}`, 'stick on src'];
    case SessionPersistenceType.HttpCookie:
      return ['cookie SRV insert indirect nocache'];
    case SessionPersistenceType.AppCookie: {
      const name = argument(
        pool.sessionPersistence?.cookieName ?? '',
        `pool ${pool.id}: session_persistence cookie_name`,
      );
      return [
        `stick-table type string len 64 ${size}`,
        `stick store-response res.cook(${name})`,
        `stick match req.cook(${name})`,
      ];
    }
  }
}
