/** What a provider is told about how to build a load balancer: keys are the provider's own. */
export type ProviderMetadata = Readonly<Record<string, unknown>>;

/** What flavors and availability zones stand for. */
export interface ProviderProfile {
  readonly id: string;
  readonly name: string;
  /** The provider that understands the data. */
  readonly providerName: string;
  /** JSON text of an object, as the operator wrote it. */
  readonly data: string;
}

/** What users choose: a name for a profile. */
export interface Flavor {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly description: string | null;
  /** Users may choose it. */
  readonly isEnabled: boolean;
  readonly flavorProfileId: string;
}
