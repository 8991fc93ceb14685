import * as zoneProfiles from '../../api/v2/availability-zone-profiles/schema.ts';
import * as zones from '../../api/v2/availability-zones/schema.ts';
import * as flavorProfiles from '../../api/v2/flavor-profiles/schema.ts';
import * as flavors from '../../api/v2/flavors/schema.ts';

/** Flavors and availability zones are one in all but names; so are their profiles. */
export interface Naming {
  readonly noun: 'flavor' | 'availability_zone';
  readonly words: string;
  readonly root: string;
  readonly path: string;
  readonly schema: {
    readonly createBody: { readonly schema: unknown };
    readonly updateBody: { readonly schema: unknown };
  };
  readonly profileId: string;
  readonly profile: {
    readonly words: string;
    readonly root: string;
    readonly path: string;
    readonly data: string;
    readonly schema: Naming['schema'];
  };
}

export const NAMINGS: readonly Naming[] = [
  {
    noun: 'flavor',
    words: 'a flavor',
    root: 'flavor',
    path: '/flavors',
    schema: flavors,
    profileId: 'flavor_profile_id',
    profile: {
      words: 'Flavor Profile',
      root: 'flavorprofile',
      path: '/flavorprofiles',
      data: 'flavor_data',
      schema: flavorProfiles,
    },
  },
  {
    noun: 'availability_zone',
    words: 'an availability zone',
    root: 'availability_zone',
    path: '/availabilityzones',
    schema: zones,
    profileId: 'availability_zone_profile_id',
    profile: {
      words: 'Availability Zone Profile',
      root: 'availability_zone_profile',
      path: '/availabilityzoneprofiles',
      data: 'availability_zone_data',
      schema: zoneProfiles,
    },
  },
];
