import { existsSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '#drivers/local/certificate-authority.ts';
import type { L7Policy } from '../domain/l7-policy.ts';
import type { L7Rule } from '../domain/l7-rule.ts';
import type { L7PolicyTree, LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { type GoldenCase, readGoldenCase } from './testing/golden-case.ts';
import { HAPROXY, request, runHaproxy, startMember } from './testing/running-haproxy.ts';

/** HAProxy becomes `nobody`, as the file says, which only root may. */
const canRun = existsSync(HAPROXY) && process.getuid?.() === 0;

const members: { port: number; stop(): void }[] = [];
beforeAll(async () => {
  members.push(await startMember('one'), await startMember('two'));
});
afterAll(() => members.forEach((member) => member.stop()));

describe.runIf(canRun)('a running HAProxy', () => {
  test('loses no request when it is reloaded under traffic', async () => {
    const golden = served({});
    const haproxy = await runHaproxy(golden);
    try {
      const reloadsLeft = { count: 6 };
      const clients = Array.from({ length: 4 }, async () => {
        const answers: string[] = [];
        while (reloadsLeft.count > 0) answers.push((await request(haproxy.port, '/')).body);
        return answers;
      });
      for (; reloadsLeft.count > 0; reloadsLeft.count--) {
        await haproxy.reload(golden.tree);
        await sleep(250);
      }
      const answers = (await Promise.all(clients)).flat();
      expect(new Set(answers)).toEqual(new Set(['one', 'two']));
    } finally {
      await haproxy.stop();
    }
  });

  test('serves what was changed after a reload', async () => {
    const golden = served({});
    const haproxy = await runHaproxy(golden);
    try {
      const pools = golden.tree.pools.map((pool) => ({
        ...pool,
        members: pool.members.slice(0, 1),
      }));
      await haproxy.reload({ ...golden.tree, pools });
      await expect
        .poll(
          async () => {
            const replies = await Promise.all(
              Array.from({ length: 8 }, () => request(haproxy.port, '/')),
            );
            return new Set(replies.map(({ body }) => body));
          },
          { timeout: 10_000 },
        )
        .toEqual(new Set(['one']));
    } finally {
      await haproxy.stop();
    }
  });

  test('tells members of a TLS pool which host the client asked for over plain HTTP', async () => {
    const names: string[] = [];
    const { certificatePem, privateKeyPem } = await createCertificateAuthority('members');
    const member = createServer({ cert: certificatePem, key: privateKeyPem }, (_, response) =>
      response.end(),
    );
    member.on('secureConnection', ({ servername }) => names.push(String(servername)));
    await new Promise<void>((resolve) => {
      member.listen(0, '127.0.0.1', resolve);
    });
    const golden = served({ pool: { tlsEnabled: true } });
    const { port: protocolPort } = member.address() as AddressInfo;
    const pools = golden.tree.pools.map((pool) => ({
      ...pool,
      members: pool.members.map((each) => ({ ...each, protocolPort })),
    }));
    const haproxy = await runHaproxy({ ...golden, tree: { ...golden.tree, pools } });
    try {
      await request(haproxy.port, '/', { host: 'www.example.test:8080' });
      expect(names.at(-1)).toBe('www.example.test');
    } finally {
      await haproxy.stop();
      member.close();
    }
  });

  test('matches keys and values full of its own signs, and nothing else', async () => {
    const haproxy = await runHaproxy(
      served({
        policies: [
          policy(
            1,
            {},
            { type: 'HEADER', key: `x-'"`.replace('"', '`'), value: `-i "quoted"\t #'\\ %[src]` },
          ),
          policy(2, {}, { type: 'PATH', value: '-i' }),
          policy(
            3,
            { action: 'REDIRECT_TO_URL', redirectUrl: `http://e.test/?a=1&b='2'#%[src]` },
            { type: 'PATH', value: '/go' },
          ),
          policy(4, {}, { type: 'FILE_TYPE', value: 'jpg' }),
        ],
      }),
    );
    const { port } = haproxy;
    const headers = { "x-'`": `-i "quoted"\t #'\\ %[src]` };
    try {
      expect((await request(port, '/', headers)).status).toBe(403);
      expect((await request(port, '/', { "x-'`": 'quoted' })).status).toBe(200);
      expect((await request(port, '/go')).location).toBe(`http://e.test/?a=1&b='2'#%[src]`);
      expect((await request(port, '/gone')).status).toBe(200);
      expect((await request(port, '/x.jpg')).status).toBe(403);
    } finally {
      await haproxy.stop();
    }
  });
});

/** Two members behind one HTTP listener, unchecked: nothing but what the test is about. */
function served(changes: {
  readonly pool?: Partial<LoadBalancerTree['pools'][number]>;
  readonly policies?: readonly L7PolicyTree[];
}): GoldenCase {
  const golden = readGoldenCase('01-http-basic');
  const pools = golden.tree.pools.map((pool) => ({
    ...pool,
    healthMonitor: null,
    members: pool.members.map((member, index) => ({
      ...member,
      address: '127.0.0.1',
      protocolPort: members[index]?.port ?? 0,
    })),
    ...changes.pool,
  }));
  const listeners = golden.tree.listeners.map((listener) => ({
    ...listener,
    l7Policies: changes.policies ?? [],
  }));
  return { ...golden, tree: { ...golden.tree, pools, listeners } };
}

/** Rejects what its one rule matches, unless told otherwise. */
function policy(position: number, own: Partial<L7Policy>, rule: Partial<L7Rule>): L7PolicyTree {
  const common = {
    isEnabled: true,
    provisioningStatus: 'ACTIVE',
    operatingStatus: 'ONLINE',
  } as const;
  return {
    ...common,
    id: `00000000-0000-4000-8000-00000000000${position}`,
    action: 'REJECT',
    position,
    redirectHttpCode: null,
    rules: [
      {
        ...common,
        id: `00000000-0000-4000-8000-0000000001${position}0`,
        compareType: 'EQUAL_TO',
        key: null,
        isInverted: false,
        ...rule,
      },
    ],
    ...own,
  } as L7PolicyTree;
}
