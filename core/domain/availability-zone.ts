/** Where users may have a load balancer built. Its name is its id. */
export interface AvailabilityZone {
  readonly name: string;
  readonly description: string | null;
  /** Users may choose it. */
  readonly isEnabled: boolean;
  readonly availabilityZoneProfileId: string;
}
