/** What availability zones stand for. */
export interface AvailabilityZoneProfile {
  readonly id: string;
  readonly name: string;
  /** The provider that understands the data. */
  readonly providerName: string;
  /** JSON text of an object, as the operator wrote it. */
  readonly availabilityZoneData: string;
}

/** Where users may have a load balancer built. Its name is its id. */
export interface AvailabilityZone {
  readonly name: string;
  readonly description: string | null;
  /** Users may choose it. */
  readonly isEnabled: boolean;
  readonly availabilityZoneProfileId: string;
}
