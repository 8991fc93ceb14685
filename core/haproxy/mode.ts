import { type Listener, ListenerProtocol } from '../domain/listener.ts';
import { type Pool, PoolProtocol } from '../domain/pool.ts';
import { refuse } from './escape.ts';

export type Mode = 'http' | 'tcp';

export function listenerMode(listener: Listener): Mode {
  switch (listener.protocol) {
    case ListenerProtocol.Tcp:
    case ListenerProtocol.Https:
      return 'tcp';
    case ListenerProtocol.Http:
    case ListenerProtocol.TerminatedHttps:
    case ListenerProtocol.Prometheus:
      return 'http';
    case ListenerProtocol.Udp:
    case ListenerProtocol.Sctp:
      return refuse(`listener ${listener.id}`, `is ${listener.protocol}, which LVS serves`);
  }
}

/** A PROXY pool carries whatever its listener does. */
export function poolMode(pool: Pool, listener: Listener): Mode {
  switch (pool.protocol) {
    case PoolProtocol.Http:
      return 'http';
    case PoolProtocol.Tcp:
    case PoolProtocol.Https:
      return 'tcp';
    case PoolProtocol.Proxy:
    case PoolProtocol.ProxyV2:
      return listenerMode(listener);
    case PoolProtocol.Udp:
    case PoolProtocol.Sctp:
      return refuse(`pool ${pool.id}`, `is ${pool.protocol}, which LVS serves`);
  }
}
