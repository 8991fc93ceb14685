import { setTimeout as delay } from 'node:timers/promises';
import { until } from './api-client.ts';
import type { Running } from './chapter.ts';
import { answers, lost, visit } from './traffic.ts';

const FIRST_ANSWER_TIMEOUT_MS = 60_000;
const LOOK_MS = 3000;
const STATISTICS_TIMEOUT_MS = 60_000;
// Round robin over two servers gives each half; a third allows for what was under way at the edges.
const SHARE_MIN = 1 / 3;

export async function firstAnswer({
  web,
  teller,
  figures,
}: Omit<Running, 'traffic'>): Promise<void> {
  await until('the VIP answers', FIRST_ANSWER_TIMEOUT_MS, async () => {
    return (await visit(web.url, 1000)).answer !== null;
  });
  const seconds = (performance.now() - web.createdAtMs) / 1000;
  figures.add('create (all six objects) to first answer', seconds, 's');
  teller.claim(true, `the first request to ${web.url} is answered`);
}

export async function balances(story: Running): Promise<void> {
  const { teller, traffic, servers, scene, web } = story;
  teller.chapter('Requests from the host to the VIP, each on a connection of its own');
  const fromMs = performance.now();
  await delay(LOOK_MS);
  const visits = traffic.between(fromMs, fromMs + LOOK_MS - 500);
  const counts = answers(visits);
  for (const { name } of servers) {
    const count = counts.get(name) ?? 0;
    teller.claim(
      count >= visits.length * SHARE_MIN,
      `${name} answered ${count} of ${visits.length}`,
    );
  }
  teller.claim(lost(visits) === 0, `${lost(visits)} requests were lost`);
  const { api } = scene;
  const { id } = web.loadBalancer;
  await until('statistics count the requests', STATISTICS_TIMEOUT_MS, async () => {
    return (await api.statistics(id)).total_connections >= visits.length;
  });
  const statistics = await api.statistics(id);
  const figures = Object.entries(statistics).map(([what, value]) => `${what} ${value}`);
  teller.claim(statistics.bytes_out > 0, `statistics: ${figures.join(', ')}`);
}
