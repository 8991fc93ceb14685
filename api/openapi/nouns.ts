/** A noun of the API: its collection's path, what it is called, and how it stands in an answer. */
export interface Noun {
  /** Below `/v2`; a colon stands for an id. */
  readonly path: string;
  readonly name: string;
  readonly names: string;
  readonly description: string;
  /** Root keys of one and of many, and of the links beside many. */
  readonly root: string;
  readonly plural: string;
  readonly links: string;
  /** Its name among the document's components. */
  readonly component: string;
}

type Row = readonly [
  path: string,
  name: string,
  names: string,
  description: string,
  root: string,
  plural: string,
  component: string,
];
const ROWS: readonly Row[] = [
  [
    '/loadbalancers',
    'load balancer',
    'load balancers',
    'A VIP and the amphorae that answer at it',
    'loadbalancer',
    'loadbalancers',
    'LoadBalancer',
  ],
  [
    '/listeners',
    'listener',
    'listeners',
    'A port of the VIP and what is spoken there',
    'listener',
    'listeners',
    'Listener',
  ],
  ['/pools', 'pool', 'pools', 'Members that share the work', 'pool', 'pools', 'Pool'],
  [
    '/pools/:/members',
    'member',
    'members of a pool',
    'Servers behind the load balancer',
    'member',
    'members',
    'Member',
  ],
  [
    '/healthmonitors',
    'health monitor',
    'health monitors',
    'How a pool finds out which members work',
    'healthmonitor',
    'healthmonitors',
    'HealthMonitor',
  ],
  [
    '/l7policies',
    'L7 policy',
    'L7 policies',
    'What a listener does with requests that rules pick out',
    'l7policy',
    'l7policies',
    'L7Policy',
  ],
  [
    '/l7policies/:/rules',
    'L7 rule',
    'rules of an L7 policy',
    'What requests a policy is for',
    'rule',
    'rules',
    'Rule',
  ],
  [
    '/quotas',
    'quota',
    'quotas',
    'How much of each noun a project may have',
    'quota',
    'quotas',
    'Quota',
  ],
  [
    '/flavors',
    'flavor',
    'flavors',
    'What kinds of load balancer tenants may choose from',
    'flavor',
    'flavors',
    'Flavor',
  ],
  [
    '/flavorprofiles',
    'flavor profile',
    'flavor profiles',
    'What a flavor means to its provider',
    'flavorprofile',
    'flavorprofiles',
    'FlavorProfile',
  ],
  [
    '/availabilityzones',
    'availability zone',
    'availability zones',
    'Where tenants may have their load balancers',
    'availability_zone',
    'availability_zones',
    'AvailabilityZone',
  ],
  [
    '/availabilityzoneprofiles',
    'availability zone profile',
    'availability zone profiles',
    'What a zone means to its provider',
    'availability_zone_profile',
    'availability_zone_profiles',
    'AvailabilityZoneProfile',
  ],
  [
    '/octavia/amphorae',
    'amphora',
    'amphorae',
    'Machines that carry load balancers, for administrators',
    'amphora',
    'amphorae',
    'Amphora',
  ],
];

/** Octavia left the plural out of the links of profiles. */
const LINKS: Readonly<Record<string, string>> = {
  flavorprofiles: 'flavorprofile_links',
  availability_zone_profiles: 'availability_zone_profile_links',
};

export const NOUNS: readonly Noun[] = ROWS.map(
  ([path, name, names, description, root, plural, component]) => ({
    path,
    name,
    names,
    description,
    root,
    plural,
    links: LINKS[plural] ?? `${plural}_links`,
    component,
  }),
);
