import { setTimeout as delay } from 'node:timers/promises';
import { type ApiObject, until } from './api-client.ts';
import type { Running } from './chapter.ts';
import { answers, lost } from './traffic.ts';

const NOTICE_TIMEOUT_MS = 60_000;
const LOOK_MS = 2000;

/** One of the two web servers dies and comes back. */
export async function memberDies(story: Running): Promise<void> {
  const { teller, traffic, servers, figures } = story;
  const [victim, survivor] = servers;
  const member = await memberPath(story);
  if (victim === undefined || survivor === undefined) throw new Error('two servers are needed');
  await untilOperating(story, member, 'ONLINE');
  teller.chapter(`${victim.name} is killed`);
  const killedAtMs = performance.now();
  await victim.kill();
  teller.tell('SIGKILL');
  await untilOperating(story, member, 'ERROR');
  const noticedAtMs = performance.now();
  teller.claim(true, 'its member is ERROR');
  await untilOperating(story, poolPath(story), 'DEGRADED');
  teller.claim(true, 'the pool is DEGRADED');
  await untilOperating(story, loadBalancerPath(story), 'DEGRADED');
  teller.claim(true, 'the load balancer is DEGRADED');
  await delay(LOOK_MS);
  const visits = traffic.between(noticedAtMs, noticedAtMs + LOOK_MS - 500);
  const served = answers(visits).get(survivor.name) ?? 0;
  teller.claim(
    served === visits.length && served > 0,
    `traffic goes on: ${survivor.name} answered ${served} of ${visits.length} since`,
  );
  figures.add('member death to ERROR', (noticedAtMs - killedAtMs) / 1000, 's');
  figures.add("requests lost in a member's death", lost(traffic.between(killedAtMs)), '');
  await victim.start();
  teller.tell(`${victim.name} is started again`);
  await untilOperating(story, member, 'ONLINE');
  await untilOperating(story, loadBalancerPath(story), 'ONLINE');
  teller.claim(true, 'its member is ONLINE, and so is the load balancer');
}

async function untilOperating(story: Running, path: string, status: string): Promise<void> {
  await until(`${path} is ${status}`, NOTICE_TIMEOUT_MS, async () => {
    const [noun] = Object.values(
      await story.scene.api.lbaas<Record<string, ApiObject>>('GET', path),
    );
    return noun?.operating_status === status;
  });
}

async function memberPath(story: Running): Promise<string> {
  return `${poolPath(story)}/members/${story.web.memberIds[0]}`;
}

function poolPath({ web }: Running): string {
  return `pools/${web.poolId}`;
}

function loadBalancerPath({ web }: Running): string {
  return `loadbalancers/${web.loadBalancer.id}`;
}
