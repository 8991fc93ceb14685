import { type Api, type ApiResponse, SUBNET } from '../../api/testing/harness.ts';

const LOAD_BALANCERS_MAX = 6;
const AMPHORAE = '/v2/octavia/amphorae';
const WEB = { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' };

export interface Client {
  readonly api: Api;
  readonly random: () => number;
}

interface Shown {
  readonly id: string;
}

type Request = (client: Client) => Promise<ApiResponse | null>;

/** One request, whatever the others are at. @returns null when there was nothing to ask about */
export async function ask(client: Client): Promise<ApiResponse | null> {
  return pick(client, REQUESTS)(client);
}

function pick<Item>({ random }: Client, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

/** All that have been stored, not deleted by now, whoever made them. */
async function all({ api }: Client, nouns: string): Promise<readonly Shown[]> {
  const { json } = await api.get(nouns === AMPHORAE ? AMPHORAE : `/${nouns}`);
  return Object.values(json)[0] as readonly Shown[];
}

async function one(client: Client, nouns: string): Promise<Shown | null> {
  const found = await all(client, nouns);
  return found.length === 0 ? null : pick(client, found);
}

const about =
  (nouns: string, request: (client: Client, found: Shown) => Promise<ApiResponse>): Request =>
  async (client) => {
    const found = await one(client, nouns);
    return found && request(client, found);
  };

const port = ({ random }: Client): number => 1 + Math.floor(random() * 65_535);
const member = (client: Client) => ({
  address: `192.0.2.${1 + Math.floor(client.random() * 250)}`,
  protocol_port: port(client),
  subnet_id: SUBNET,
});

const create: Request = async (client) => {
  if ((await all(client, 'loadbalancers')).length >= LOAD_BALANCERS_MAX) return null;
  const populated = {
    listeners: [
      { protocol: 'HTTP', protocol_port: 80, default_pool: { ...WEB, members: [member(client)] } },
    ],
  };
  return client.api.post('/loadbalancers', {
    loadbalancer: { vip_subnet_id: SUBNET, ...(client.random() < 0.5 ? populated : {}) },
  });
};

const updates = (nouns: string, root: string): Request =>
  about(nouns, ({ api, random }, { id }) =>
    api.put(`/${nouns}/${id}`, { [root]: { name: String(random()) } }),
  );
const deletes = (nouns: string, query = ''): Request =>
  about(nouns, ({ api }, { id }) => api.delete(`/${nouns}/${id}${query}`));

const failOver = about('loadbalancers', ({ api }, { id }) =>
  api.put(`/loadbalancers/${id}/failover`),
);
const failOverAmphora = about(AMPHORAE, ({ api }, { id }) => api.put(`${AMPHORAE}/${id}/failover`));
const listen = about('loadbalancers', (client, { id }) =>
  client.api.post('/listeners', {
    listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: port(client) },
  }),
);
const makePool = about('loadbalancers', ({ api }, { id }) =>
  api.post('/pools', { pool: { loadbalancer_id: id, ...WEB } }),
);
const join = about('pools', (client, { id }) =>
  client.api.post(`/pools/${id}/members`, { member: member(client) }),
);
const replaceMembers = about('pools', (client, { id }) =>
  client.api.put(`/pools/${id}/members`, { members: [member(client), member(client)] }),
);
const watch = about('pools', ({ api }, { id }) =>
  api.post('/healthmonitors', {
    healthmonitor: { pool_id: id, type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 },
  }),
);

const REQUESTS: readonly Request[] = [
  create,
  create,
  updates('loadbalancers', 'loadbalancer'),
  deletes('loadbalancers', '?cascade=true'),
  failOver,
  failOver,
  failOverAmphora,
  failOverAmphora,
  listen,
  updates('listeners', 'listener'),
  deletes('listeners'),
  makePool,
  updates('pools', 'pool'),
  deletes('pools'),
  join,
  replaceMembers,
  watch,
  deletes('healthmonitors'),
];
