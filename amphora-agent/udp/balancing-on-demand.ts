import type { Service } from '#core/service/daemon.ts';
import { configuredLvsListeners } from '../haproxy-config.ts';
import type { AgentPaths } from '../paths.ts';
import type { LvsBalancing, LvsReport } from './balancing.ts';

export interface OnDemandOptions {
  readonly kind: LvsBalancing['kind'];
  readonly paths: AgentPaths;
  /** Loads its modules; called again only after a failure. */
  load(): Promise<Loaded>;
}

/** What runs beside it, if anything does, is started with it. */
type Loaded = LvsBalancing & Partial<Pick<Service, 'start' | 'stop'>>;

/** Most amphorae never have a UDP or SCTP listener, and none of what those need: it is loaded with the first of them. */
export class BalancingOnDemand implements LvsBalancing, Service {
  readonly name = 'UDP balancing';
  readonly kind: LvsBalancing['kind'];
  readonly #options: OnDemandOptions;
  #started: Promise<Loaded> | null = null;

  constructor(options: OnDemandOptions) {
    this.#options = options;
    this.kind = options.kind;
  }

  async start(): Promise<void> {
    const configured = await configuredLvsListeners(this.#options.paths);
    if (configured.length > 0) await this.#needed();
  }

  async stop(): Promise<void> {
    await (await this.#started)?.stop?.();
  }

  async refusalOf(listenerId: string, config: string): Promise<string | null> {
    return (await this.#needed()).refusalOf(listenerId, config);
  }

  async installListener(listenerId: string): Promise<void> {
    await (await this.#needed()).installListener(listenerId);
  }

  async startListener(listenerId: string): Promise<void> {
    await (await this.#needed()).startListener(listenerId);
  }

  async stopListener(listenerId: string): Promise<void> {
    await (await this.#needed()).stopListener(listenerId);
  }

  async restartListener(listenerId: string): Promise<void> {
    await (await this.#needed()).restartListener(listenerId);
  }

  async removeListener(listenerId: string): Promise<void> {
    await (await this.#needed()).removeListener(listenerId);
  }

  async stateOf(listenerId: string): Promise<'running' | 'stopped' | 'dead'> {
    return (await this.#needed()).stateOf(listenerId);
  }

  async report(): Promise<LvsReport> {
    return (await this.#started)?.report() ?? { listeners: [], pools: [] };
  }

  #needed(): Promise<Loaded> {
    this.#started ??= this.#begin().catch((error: unknown) => {
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  async #begin(): Promise<Loaded> {
    const loaded = await this.#options.load();
    await loaded.start?.();
    return loaded;
  }
}
