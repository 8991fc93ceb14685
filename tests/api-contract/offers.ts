import type { Api } from '../../api/testing/harness.ts';
import { NAMINGS, type Naming } from './offer-naming.ts';

/** A flavor or an availability zone with its profile. */
export interface Offer {
  /** Of an availability zone: its name. */
  readonly id: string;
  readonly profile: string;
  /** One that nothing stands for, so that it may change. */
  readonly unusedProfile: string;
}

export async function makeOffers(api: Api): Promise<Readonly<Record<Naming['noun'], Offer>>> {
  const made = await Promise.all(
    NAMINGS.map(async (naming) => [naming.noun, await make(api, naming)]),
  );
  return Object.fromEntries(made);
}

async function make(api: Api, { root, path, profileId, profile }: Naming): Promise<Offer> {
  const makeProfile = async (): Promise<string> => {
    const body = { name: 'own', provider_name: 'amphora', [profile.data]: '{}' };
    return (await api.post(profile.path, { [profile.root]: body })).json[profile.root].id;
  };
  const own = await makeProfile();
  const answer = await api.post(path, { [root]: { name: 'own', [profileId]: own } });
  const { id, name } = answer.json[root];
  return { id: id ?? name, profile: own, unusedProfile: await makeProfile() };
}
