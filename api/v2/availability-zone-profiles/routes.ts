import { listedAvailabilityZoneProfiles } from '#core/db/listed/availability-zone.ts';
import {
  availabilityZoneProfiles,
  availabilityZones,
} from '#core/db/repositories/availability-zone.ts';
import { profileResources } from '../profiles/resources.ts';
import { createBody, updateBody } from './schema.ts';

export const availabilityZoneProfileResources = profileResources({
  root: 'availability_zone_profile',
  plural: 'availability_zone_profiles',
  links: 'availability_zone_profile_links',
  path: '/availabilityzoneprofiles',
  policy: 'availability-zone-profile',
  words: 'Availability Zone Profile',
  wordsInUse: 'Availability Zone Profile',
  dataField: 'availability_zone_data',
  question: 'validateAvailabilityZone',
  table: availabilityZoneProfiles,
  listed: listedAvailabilityZoneProfiles,
  createBody,
  updateBody,
  isUsed: async (db, id) =>
    (await availabilityZones.findBy(db, 'availabilityZoneProfileId', id)).length > 0,
});
