import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { advertise } from './advertise.ts';
import { run } from './command.ts';
import { HaproxyNamespace } from './namespace.ts';
import { within } from './within.ts';

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
const suffix = randomBytes(3).toString('hex');
const [amphora, neighbour] = ['amphora', 'neighbour'].map(
  (name) => new HaproxyNamespace(`adv-${name}-${suffix}`, logger),
) as [HaproxyNamespace, HaproxyNamespace];
const MAC = '02:00:00:00:00:07';
const OF_THE_DEAD = '02:00:00:00:00:66';
const VIPS = ['10.9.0.10', 'fd00:9::10'];

afterAll(async () => {
  for (const { name } of [amphora, neighbour]) await run(['ip', 'netns', 'delete', name]);
});

test('neighbours that know the VIPs at a dead amphora hear where they are now, of both IP versions', async () => {
  await Promise.all([amphora.ensure(), neighbour.ensure()]);
  await amphora.ipBatch([
    `link add eth1 address ${MAC} type veth peer name far netns ${neighbour.name}`,
    'link set eth1 up',
    'address add 10.9.0.10/24 dev eth1',
    'address add fd00:9::10/64 dev eth1 nodad',
  ]);
  await neighbour.ipBatch(['link set far up', 'address add 10.9.0.1/24 dev far']);
  for (const vip of VIPS)
    await neighbour.ip([
      'neigh',
      'replace',
      vip,
      'lladdr',
      OF_THE_DEAD,
      'dev',
      'far',
      'nud',
      'stale',
    ]);

  const known = async (): Promise<readonly string[]> =>
    Promise.all(
      VIPS.map(async (vip) => {
        const { stdout } = await neighbour.ip(['neigh', 'show', vip]);
        return /lladdr (\S+)/.exec(stdout)?.[1] ?? '';
      }),
    );
  expect(await known()).toEqual([OF_THE_DEAD, OF_THE_DEAD]);
  // Nothing that is sent before the link is up on both sides arrives.
  await within(20_000, async () => {
    await advertise(amphora, VIPS, logger);
    return (await known()).every((mac) => mac === MAC);
  });
  expect(await known()).toEqual([MAC, MAC]);
}, 60_000);
