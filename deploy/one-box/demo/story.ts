import { amphoraDies } from './amphora-death.ts';
import { createBalancedWeb } from './balanced-web.ts';
import { balances, firstAnswer } from './balancing.ts';
import type { Running, Story } from './chapter.ts';
import { memberDies } from './member-death.ts';
import { memoryOf } from './memory.ts';
import { StatusWatch } from './status-watch.ts';
import { leftOf, takeDown } from './take-down.ts';
import { TenantServer } from './tenant-server.ts';
import { Traffic } from './traffic.ts';

const VISITS_PER_SECOND = 50;
const VISIT_TIMEOUT_MS = 1000;

/**
 * The whole story of a load balancer, each line checked against what really happens.
 * @param name of all that it makes; unique in the cloud
 * @throws Untrue at the first line that is not so; all that the story made is taken away either way
 */
export async function tellStory(story: Story, name: string): Promise<void> {
  const { scene, teller } = story;
  const servers = [1, 2].map(
    (number) => new TenantServer(scene.options, scene.network.name, `${name}-web${number}`),
  );
  try {
    teller.chapter('Two web servers, each a machine of its own on the tenant network');
    for (const server of servers) {
      await server.start();
      teller.tell(`${server.name} at ${server.address}:${server.port}`);
    }
    await tellLoadBalancer(story, name, servers);
  } finally {
    for (const server of servers) await server.remove();
  }
  const left = await leftOf(scene, name);
  teller.claim(
    left.length === 0,
    `no namespace, no port and no address is left ${left.join(', ')}`,
  );
}

async function tellLoadBalancer(
  story: Story,
  name: string,
  servers: readonly TenantServer[],
): Promise<void> {
  const { scene, teller } = story;
  let watch: StatusWatch | undefined;
  let id: string | undefined;
  try {
    teller.chapter(
      'A load balancer with listener, pool, health monitor and both servers as members',
    );
    const web = await createBalancedWeb(
      scene.api,
      scene.network.subnetId,
      name,
      servers,
      (made) => {
        id = made.id;
        watch = new StatusWatch(scene.api, made.id, ({ what, before, now }) =>
          teller.tell(`    ${what}: ${before} -> ${now}`),
        );
        watch.start();
      },
    );
    teller.claim(true, `ACTIVE, VIP ${web.loadBalancer.vip_address}`);
    await tellTraffic({ ...story, web, servers });
    teller.chapter('Everything is deleted');
  } finally {
    if (id !== undefined) await takeDown(scene, id);
    await watch?.stop();
  }
  teller.claim(true, 'the load balancer and all that hung below it are gone (404)');
}

async function tellTraffic(story: Omit<Running, 'traffic'>): Promise<void> {
  const { web, figures, scene } = story;
  figures.add('create to ACTIVE', (web.activeAtMs - web.createdAtMs) / 1000, 's', 2);
  const rate = { perSecond: VISITS_PER_SECOND, timeoutMs: VISIT_TIMEOUT_MS };
  const traffic = new Traffic({ url: web.url, ...rate });
  try {
    await firstAnswer(story);
    traffic.start();
    await balances({ ...story, traffic });
    await memberDies({ ...story, traffic });
    await amphoraDies({ ...story, traffic });
  } finally {
    await traffic.stop();
  }
  for (const { name, megabytes } of memoryOf(scene.state))
    figures.add(`memory of ${name}`, megabytes, 'MB');
}
