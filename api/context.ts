import type { ConfigOf } from '#core/config/load.ts';
import type {
  apiSettings,
  controllerWorker,
  cors,
  haproxyAmphora,
  healthcheck,
  networking,
  osloMiddleware,
  quotas,
} from '#core/config/sections.ts';
import type { Database } from '#core/db/pool.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { AuthStrategy } from './auth/strategy.ts';
import type { Policy } from './policy/authorize.ts';
import type { Providers } from './providers.ts';

/** The parts of the configuration that answers depend on. */
export type ApiConfig = ConfigOf<{
  apiSettings: typeof apiSettings;
  controllerWorker: typeof controllerWorker;
  cors: typeof cors;
  haproxyAmphora: typeof haproxyAmphora;
  healthcheck: typeof healthcheck;
  networking: typeof networking;
  osloMiddleware: typeof osloMiddleware;
  quotas: typeof quotas;
}>;

/** All that the API stands on; `main.ts` makes the one there is. */
export interface ApiContext {
  readonly config: ApiConfig;
  readonly database: Database;
  readonly providers: Providers;
  readonly network: NetworkDriver;
  readonly certificates: CertificateManager;
  readonly auth: AuthStrategy;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The time as objects carry it: whole seconds. */
export function timestamp(clock: Clock): Date {
  return new Date(Math.floor(clock.nowMs() / 1000) * 1000);
}
