import type { HaproxyOptions, HaproxyPaths } from '#core/haproxy/context.ts';
import type { VrrpOptions } from '#core/keepalived/vrrp-context.ts';
import type { ConnectPatience } from '#core/ports/amphora.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { NetworkDriver } from '#core/ports/network.ts';

export interface AmphoraRestOptions {
  /** `[haproxy_amphora] client_cert`: certificate and key of this controller, PEM. Read anew for every call. */
  readonly clientCertPath: string;
  /** `server_ca`: one or more CAs that sign agents' certificates. */
  readonly serverCaPath: string;
  /** `bind_port` of the agents. */
  readonly port: number;
  /** `lb_network_interface`: the zone of agents with a link-local address. */
  readonly lbNetworkInterface: string;
  readonly connectTimeoutMs: number;
  /** How long an answer may take; a reload is waited for. */
  readonly readTimeoutMs: number;
  /** For every call but `getInfo`, whose caller brings its own. */
  readonly patience: ConnectPatience;
  readonly haproxy: HaproxyOptions;
  readonly vrrp: VrrpOptions;
  /** Where things lie in that amphora: what its agent's configuration says. On machines of their own `IMAGE_PATHS`. */
  readonly pathsOf: (amphoraId: string) => HaproxyPaths;
  readonly certificates: CertificateManager;
  /** keepalived moves the routes of a VIP's subnet together with the VIP. */
  readonly network: Pick<NetworkDriver, 'getSubnet'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the process drains: ends every wait and every request under way. */
  readonly signal: AbortSignal;
}
