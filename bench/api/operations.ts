import type { Client } from 'pg';

export const OPERATIONS = ['list', 'show', 'create'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How many load balancers there are before the bench creates more. */
export const LOAD_BALANCERS = 100;
export const PROJECT = 'bench';
const SUBNET = '22222222-2222-4222-8222-222222222222';

export const CONNECTIONS = 8;
/** Before the measured ones, so that the compiler has done its work. */
export const WARM_UP: Readonly<Record<Operation, number>> = { list: 500, show: 3000, create: 300 };
export const REQUESTS: Readonly<Record<Operation, number>> = {
  list: 4000,
  show: 20_000,
  create: 2000,
};

/** Gives every load balancer of the fleet what users and the worker would have given it. @returns their ids */
export async function dress(client: Client): Promise<readonly string[]> {
  const dressed = await client.query<{ id: string }>(
    `update load_balancer set name = 'web-' || left(id::text, 8), description = 'front of the shop',
       vip_address = '10.20.30.40', vip_subnet_id = $1, vip_network_id = gen_random_uuid(),
       vip_port_id = gen_random_uuid(), provider = 'amphora', tags = '{web,production}',
       updated_at = created_at
     returning id`,
    [SUBNET],
  );
  return dressed.rows.map((row) => row.id);
}

/** The requests of an operation, as they go over the wire; sent in turn. */
export function requestsOf(operation: Operation, ids: readonly string[]): readonly string[] {
  switch (operation) {
    case 'list':
      return [get('/v2/lbaas/loadbalancers')];
    case 'show':
      return ids.map((id) => get(`/v2/lbaas/loadbalancers/${id}`));
    case 'create':
      return [post('/v2/lbaas/loadbalancers', { loadbalancer: CREATED })];
  }
}

const CREATED = {
  name: 'web',
  description: 'front of the shop',
  vip_subnet_id: SUBNET,
  tags: ['web', 'production'],
};

const HEAD = `Host: 127.0.0.1\r\nX-Project-Id: ${PROJECT}\r\nAccept: application/json\r\n`;

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\n${HEAD}\r\n`;
}

function post(path: string, body: object): string {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}
