import { namespacesOf } from '../remains.ts';
import { until } from './api-client.ts';
import type { Scene } from './scene.ts';

const BUSY_TIMEOUT_MS = 60_000;

/** Deletes a load balancer with all below it and waits until it is gone. One that is busy is waited for. */
export async function takeDown({ api }: Scene, loadBalancerId: string): Promise<void> {
  const path = `/v2.0/lbaas/loadbalancers/${loadBalancerId}?cascade=true`;
  await until(`load balancer ${loadBalancerId} may be deleted`, BUSY_TIMEOUT_MS, async () => {
    const { status } = await api.call('DELETE', path);
    return status === 204 || status === 404;
  });
  await api.untilGone(loadBalancerId);
}

/**
 * What the story left in the cloud: namespaces without an amphora or of the story's servers, ports without a machine.
 * @returns a word each
 */
export async function leftOf({ state, database }: Scene, name: string): Promise<readonly string[]> {
  const living = await database.query<{ id: string }>(
    `select id from amphora where status <> 'DELETED'`,
  );
  const ids = living.rows.map(({ id }) => id);
  const namespaces = namespacesOf(state.namePrefix).filter((namespace) => {
    if (namespace.includes(name)) return true;
    const isAmphora = /-[0-9a-f]{8}-[0-9a-f]{4}-/.test(namespace);
    return isAmphora && !ids.some((id) => namespace.includes(id));
  });
  const ports = await database.query<{ name: string }>(
    `select name from local_cloud.port p
      where name like '%' || $1 || '%'
         or (server_id is null and not exists (
              select from load_balancer where p.name like '%' || id::text || '%' and provisioning_status <> 'DELETED'))`,
    [name],
  );
  return [...namespaces, ...ports.rows.map((port) => `port ${port.name}`)];
}
