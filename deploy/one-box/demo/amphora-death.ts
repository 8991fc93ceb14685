import { setTimeout as delay } from 'node:timers/promises';
import { killAmphora } from '#drivers/local/local-cloud.ts';
import { until } from './api-client.ts';
import type { Running } from './chapter.ts';
import { lastHeartbeatMs } from './last-heartbeat.ts';
import { lost, visit } from './traffic.ts';

const FAILOVER_TIMEOUT_MS = 60_000;
const LOOK_MS = 2000;
const FAILOVER_PROMISE_S = 3;

/** The machine that carries all the traffic dies of a power failure; another takes its place. */
export async function amphoraDies(story: Running): Promise<void> {
  const { teller, scene, web, figures, traffic } = story;
  const { api, state } = scene;
  const { id, vip_address: vipAddress } = web.loadBalancer;
  const [victim] = await api.amphorae(id);
  if (victim === undefined) throw new Error(`load balancer ${id} has no amphora`);
  teller.chapter(`The amphora ${victim.id} is killed`);
  const killedAtMs = performance.now();
  await killAmphora(scene.options, victim.id);
  teller.tell('SIGKILL to every process in its namespaces');
  const heartbeatAtMs = await lastHeartbeatMs(state.redisUrl, victim.id);

  await untilProvisioning(story, 'PENDING_UPDATE');
  const foundAtMs = Date.now();
  teller.claim(true, 'found stale: the load balancer is PENDING_UPDATE, a failover is under way');
  await untilProvisioning(story, 'ACTIVE');
  const healedAtMs = Date.now();
  const [successor] = await api.amphorae(id);
  teller.claim(
    successor !== undefined && successor.id !== victim.id,
    `failed over to amphora ${successor?.id}`,
  );
  const vip = (await api.loadBalancer(id)).vip_address;
  teller.claim(vip === vipAddress, `the VIP is still ${vip}`);
  await until('the VIP answers again', FAILOVER_TIMEOUT_MS, async () => {
    return (await visit(web.url, 500)).answer !== null;
  });
  const answeredAtMs = performance.now();
  await delay(LOOK_MS);
  const after = traffic.between(answeredAtMs, answeredAtMs + LOOK_MS - 500);
  teller.claim(
    after.length > 0 && lost(after) === 0,
    `traffic again: ${after.length} requests, none lost`,
  );

  const stale = (foundAtMs - heartbeatAtMs) / 1000;
  figures.add('last heartbeat to found stale', stale, 's', state.heartbeatTimeoutSeconds + 1);
  figures.add('failover flow', (healedAtMs - foundAtMs) / 1000, 's', FAILOVER_PROMISE_S);
  const failed = traffic.between(killedAtMs).filter(({ answer }) => answer === null);
  const lastFailure = Math.max(killedAtMs, ...failed.map(({ atMs }) => atMs));
  figures.add('no answer from the VIP for', (lastFailure - killedAtMs) / 1000, 's');
  figures.add('requests lost in the failover, at 50 a second', failed.length, '');
}

async function untilProvisioning({ scene, web }: Running, status: string): Promise<void> {
  await until(`the load balancer is ${status}`, FAILOVER_TIMEOUT_MS, async () => {
    return (await scene.api.loadBalancer(web.loadBalancer.id)).provisioning_status === status;
  });
}
