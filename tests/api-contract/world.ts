import {
  type Api,
  activeHealthMonitor,
  activeL7Policy,
  activeL7Rule,
  activeListener,
  activeLoadBalancer,
  activeMember,
  activePool,
  startApi,
} from '../../api/testing/harness.ts';
import { makeAuthority } from './authority.ts';
import { makeOffers, type Offer } from './offers.ts';

export const CERTIFICATE = 'https://secrets.example/own';
export const REVOCATION_LIST = 'https://secrets.example/revoked';
/** In every id that begins so, the network service finds nothing. */
export const GONE = 'dead0000-0000-4000-8000-000000000000';
export const UNKNOWN = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';

const NOUNS = [
  'load_balancer',
  'listener',
  'pool',
  'member',
  'health_monitor',
  'l7_policy',
  'l7_rule',
] as const;
type Noun =
  | (typeof NOUNS)[number]
  | 'flavor'
  | 'flavor_profile'
  | 'availability_zone'
  | 'availability_zone_profile';

/** The API with what requests refer to: a load balancer, what stands below it, and a certificate. */
export interface ContractWorld {
  readonly api: Api;
  readonly loadBalancer: string;
  readonly listener: string;
  readonly tlsListener: string;
  readonly pool: string;
  readonly member: string;
  /** Of a pool of its own. */
  readonly healthMonitor: string;
  /** Of `listener`, and with a rule. */
  readonly l7Policy: string;
  readonly l7Rule: string;
  readonly offers: Readonly<Record<'flavor' | 'availability_zone', Offer>>;
  /** Lets the provider finish, and forgets what a test made of this noun beside what is above. */
  settle(noun: Noun): Promise<unknown>;
}

export async function startContractWorld(): Promise<ContractWorld> {
  const { pem, crl } = makeAuthority();
  const secrets = new Map([
    [CERTIFICATE, pem],
    [REVOCATION_LIST, crl],
  ]);
  const api = await startApi('', {
    certificates: {
      getSecret: async (ref) => secrets.get(ref) ?? null,
      getTlsContainer: async (ref) =>
        ref === CERTIFICATE
          ? { certificatePem: pem, privateKeyPem: '', intermediatesPem: [] }
          : null,
    },
  });
  const loadBalancer = await activeLoadBalancer(api);
  const tls = { protocol: 'TERMINATED_HTTPS', default_tls_container_ref: CERTIFICATE };
  const listener = await activeListener(api, loadBalancer, { protocol_port: 10 });
  const tlsListener = await activeListener(api, loadBalancer, { protocol_port: 11, ...tls });
  const pool = await activePool(api, loadBalancer);
  const watched = await activePool(api, loadBalancer);
  const ids = {
    loadBalancer,
    listener,
    tlsListener,
    pool,
    member: await activeMember(api, pool, { protocol_port: 9 }),
    healthMonitor: await activeHealthMonitor(api, watched),
    l7Policy: await activeL7Policy(api, listener),
  };
  const l7Rule = await activeL7Rule(api, ids.l7Policy);
  const offers = await makeOffers(api);
  const kept = [
    ...Object.values(ids),
    watched,
    l7Rule,
    ...Object.values(offers).flatMap((offer) => Object.values(offer)),
  ];
  return {
    api,
    ...ids,
    l7Rule,
    offers,
    settle: (noun) =>
      api.database.query(
        `delete from ${noun} where ${noun === 'availability_zone' ? 'name' : 'id::text'} not in (${kept.map((id) => `'${id}'`).join(', ')});
         ${NOUNS.map(
           (each) =>
             `update ${each} set provisioning_status = 'ACTIVE' where provisioning_status <> 'ACTIVE'`,
         ).join(';')}`,
      ),
  };
}
