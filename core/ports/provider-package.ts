import type { Logger } from './logger.ts';
import type { ProviderDriver } from './provider.ts';

/** What an npm package that brings a provider driver exports. */
export interface ProviderPackage {
  createProvider(host: ProviderHost): ProviderDriver | Promise<ProviderDriver>;
}

/** What such a package gets of us, so that it need import nothing of ours. */
export interface ProviderHost {
  /** Of this interface and of `ProviderDriver`; grows when a driver written for the one before would misbehave. */
  readonly apiVersion: 1;
  /** The name by which users choose the provider. */
  readonly name: string;
  readonly logger: Logger;
  /** To throw: answered 501 with the text; the user asked for what this provider does not have. */
  unsupportedOption(text: string): Error;
  /** To throw: answered 501 with the text; this provider cannot do that, or not now. */
  unsupportedAction(text: string): Error;
  /** To throw from `createVipPort`: answered 409 with the text; the address is taken. */
  conflict(text: string): Error;
}
