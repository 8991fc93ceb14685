import type { ListSource } from '#core/db/list-query.ts';
import type { Table } from '#core/db/table.ts';
import type { ProviderProfile } from '#core/domain/flavor.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { BodyType } from '../../schema/object.ts';

type Sent = Readonly<Record<string, string | null | undefined>>;

/** Profiles of flavors and of availability zones are the same in all but names. */
export interface ProfileNoun {
  readonly root: 'flavorprofile' | 'availability_zone_profile';
  readonly plural: string;
  /** Key of the links in lists. */
  readonly links: string;
  readonly path: string;
  readonly policy: 'flavor-profile' | 'availability-zone-profile';
  readonly words: 'Flavor Profile' | 'Availability Zone Profile';
  /** How refusals of deletions, and of changes while it is in use, spell it. */
  readonly wordsInUse: 'Flavor profile' | 'Availability Zone Profile';
  readonly dataField: 'flavor_data' | 'availability_zone_data';
  /** Asks the provider whether the data makes sense to it. */
  readonly question: 'validateFlavor' | 'validateAvailabilityZone';
  readonly table: Table<ProviderProfile>;
  readonly listed: ListSource<ProviderProfile>;
  readonly createBody: BodyType<Sent>;
  readonly updateBody: BodyType<Sent>;
  /** Whether a flavor or zone stands for it. */
  isUsed(db: Queryable, id: string): Promise<boolean>;
}
