import { until } from '../../../deploy/one-box/demo/api-client.ts';
import { type BalancedWeb, createBalancedWeb } from '../../../deploy/one-box/demo/balanced-web.ts';
import type { Scene } from '../../../deploy/one-box/demo/scene.ts';
import { TenantServer } from '../../../deploy/one-box/demo/tenant-server.ts';
import { visit } from '../../../deploy/one-box/demo/traffic.ts';

const ANSWER_TIMEOUT_MS = 60_000;

/** A tenant's web behind a load balancer, serving. */
export interface ServedWeb extends BalancedWeb {
  readonly servers: readonly TenantServer[];
}

export async function serveWeb(scene: Scene, name: string): Promise<ServedWeb> {
  const servers = [1, 2].map(
    (number) => new TenantServer(scene.options, scene.network.name, `${name}-${number}`),
  );
  for (const server of servers) await server.start();
  const web = await createBalancedWeb(scene.api, scene.network.subnetId, name, servers);
  await untilServing(web.url);
  return { ...web, servers };
}

export async function untilServing(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
  await until(`${url} answers`, timeoutMs, async () => (await visit(url, 500)).answer !== null);
}
