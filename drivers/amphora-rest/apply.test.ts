import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { L7PolicyTree, LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import {
  type GoldenCase,
  goldenCaseNames,
  readGoldenCase,
} from '#core/haproxy/testing/golden-case.ts';
import { goldenCertificates } from '#core/haproxy/testing/golden-certificates.ts';
import { amphoraRestDriver } from './driver.ts';
import { type PlayedAmphora, playAmphora } from './testing/played-amphora.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

/** Refused by the renderer, for their values. */
const REFUSED = ['50', '51', '52'];
const HOST = '127.0.0.1';

let pki: TestPki;
beforeAll(async () => {
  pki = await createTestPki();
});
afterAll(() => pki.remove());

describe('an empty amphora is asked what the original asks it', () => {
  const cases = goldenCaseNames().filter((name) => !REFUSED.includes(name.slice(0, 2)));

  test.each(cases)('%s', async (name) => {
    const golden = readGoldenCase(name);
    const { played, apply } = await play(golden);
    try {
      await apply(golden.tree);
      const asked = played.requests.map(({ method, path }) => `${method} ${path}`);
      expect(asked).toEqual(expectedRequests(golden));
      const uploaded = [...played.files].map(([path, content]) => [path.split('/').pop(), content]);
      expect(Object.fromEntries(uploaded)).toEqual(
        Object.fromEntries(
          Object.entries(golden.uploads).map(([file, { content }]) => [file, content]),
        ),
      );
    } finally {
      await played.stop();
    }
  });
});

describe('a load balancer with certificates', () => {
  const golden = readGoldenCase('28-pool-tls-full');
  let played: PlayedAmphora;
  let apply: (tree: LoadBalancerTree) => Promise<unknown>;
  beforeEach(async () => {
    ({ played, apply } = await play(golden));
    return () => played.stop();
  });

  test('is not sent what is there already', async () => {
    await apply(golden.tree);
    const first = played.requests.filter(({ method }) => method === 'PUT').length;
    await apply(golden.tree);
    const all = played.requests.filter(({ method }) => method === 'PUT');
    expect(all.slice(first).map(({ path }) => path.split('/').pop())).toEqual([
      'haproxy',
      'reload',
    ]);
  });

  test('is sent again what was changed on the amphora', async () => {
    await apply(golden.tree);
    const [path = ''] = played.files.keys();
    const intended = played.files.get(path);
    played.files.set(path, 'damaged');
    await apply(golden.tree);
    expect(played.files.get(path)).toBe(intended);
  });

  test('does not plan with the memory of a machine that others use too', async () => {
    const shared = { ...readGoldenCase('44-ssl-cache') };
    const alone = await play(shared);
    const among = await play({
      ...shared,
      context: { ...shared.context, paths: { ...shared.context.paths, serviceManager: 'child' } },
    });
    try {
      for (const each of [alone, among]) await each.apply(shared.tree);
      const [own, common] = [alone, among].map(
        (each) => each.played.requests.find(({ path }) => path.endsWith('/haproxy'))?.body,
      );
      expect(own).toContain('tune.ssl.cachesize 768000');
      expect(common).not.toContain('tune.ssl.cachesize');
    } finally {
      for (const each of [alone, among]) await each.played.stop();
    }
  });

  const GONE = 'https://keys.example.test/v1/containers/gone';
  const gone = (own: object) => ({
    l7PolicyId: null,
    reason: expect.stringContaining(`needs "${GONE}", which cannot be read`),
    ...own,
  });

  test('is told by name which listener has a certificate that cannot be read; the others serve', async () => {
    const [listener] = golden.tree.listeners;
    if (listener === undefined) throw new Error('no listener');
    const id = '00000000-0000-4000-8000-000000000001';
    const odd = { ...listener, id, protocolPort: 444, sniContainerRefs: [GONE] };
    const listeners = [listener, odd];
    expect(await apply({ ...golden.tree, listeners })).toEqual([gone({ listenerId: id })]);
    const [upload] = played.requests.filter(({ path }) => path.endsWith('/haproxy'));
    expect(upload?.body).toContain(`frontend ${listener.id}`);
    expect(upload?.body).not.toContain(id);
  });

  test('goes on with what it has when nothing that it serves can be read', async () => {
    const listeners = golden.tree.listeners.map((listener) => ({
      ...listener,
      defaultTlsContainerRef: GONE,
    }));
    const listenerId = golden.tree.listeners[0]?.id;
    expect(await apply({ ...golden.tree, listeners })).toEqual([gone({ listenerId })]);
    expect(played.requests.filter(({ path }) => /haproxy$|reload$/.test(path))).toEqual([]);
  });

  test('stops serving a listener that goes, also when no other can be read', async () => {
    const [listener] = golden.tree.listeners;
    if (listener === undefined) throw new Error('no listener');
    const leaving = { ...listener, provisioningStatus: 'PENDING_DELETE' as const };
    const odd = { ...listener, id: '00000000-0000-4000-8000-000000000001', protocolPort: 444 };
    const listeners = [leaving, { ...odd, defaultTlsContainerRef: GONE }];
    expect(await apply({ ...golden.tree, listeners })).toHaveLength(1);
    const [upload] = played.requests.filter(({ path }) => path.endsWith('/haproxy'));
    expect(upload?.body).not.toContain('frontend');
  });

  test('loses the list of a listener that goes, and keeps the others', async () => {
    const [listener] = golden.tree.listeners;
    if (listener === undefined) throw new Error('no listener');
    const going = { ...listener, id: '00000000-0000-4000-8000-000000000001', protocolPort: 444 };
    await apply({ ...golden.tree, listeners: [listener, going] });
    await apply({
      ...golden.tree,
      listeners: [listener, { ...going, provisioningStatus: 'PENDING_DELETE' }],
    });
    expect(played.requests.at(-1)).toMatchObject({
      method: 'DELETE',
      path: `/1.0/loadbalancer/${golden.tree.id}/certificates/${going.id}.pem`,
    });
    expect([...played.files.keys()].some((path) => path.endsWith(`/${listener.id}.pem`))).toBe(
      true,
    );
  });
});

describe('a load balancer without certificates', () => {
  const golden = readGoldenCase('01-http-basic');
  let played: PlayedAmphora;
  let apply: (tree: LoadBalancerTree) => Promise<unknown>;
  beforeEach(async () => {
    ({ played, apply } = await play(golden));
    return () => played.stop();
  });

  test.each([200, 404])(
    'is taken off the amphora when its last listener goes (answer %i)',
    async (status) => {
      played.answer = ({ method }) =>
        method === 'DELETE' ? { status, json: { message: 'whatever' } } : undefined;
      const listeners = golden.tree.listeners.map((listener) => ({
        ...listener,
        provisioningStatus: 'PENDING_DELETE' as const,
      }));
      await apply({ ...golden.tree, listeners });
      expect(played.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
        'GET /',
        `DELETE /1.0/listeners/${golden.tree.id}`,
      ]);
    },
  );

  test("fails for good, with the words of HAProxy's checker, when the file is refused", async () => {
    played.answer = ({ path }) =>
      path.endsWith('/haproxy')
        ? { status: 400, json: { message: 'Invalid request', details: "unknown keyword 'bogus'" } }
        : undefined;
    await expect(apply(golden.tree)).rejects.toMatchObject({
      isRetryable: false,
      message: expect.stringMatching(/answered 400: Invalid request: unknown keyword 'bogus'/),
    });
    expect(played.requests.at(-1)?.path).toMatch(/haproxy$/);
  });

  test.each([
    [200, 'an amphora of 2022, which tells nothing of its processors'],
    [500, 'an amphora that stumbles over its own details'],
  ])('is served (%i) by %s', async (status) => {
    played.answer = ({ path }) =>
      path === '/1.0/details' ? { status, json: { hostname: 'old' } } : undefined;
    await apply(golden.tree);
    expect(played.requests.at(-1)?.path).toMatch(/reload$/);
  });

  test('is told which listener the amphora refuses, and which cannot be written; the others serve', async () => {
    const [listener] = golden.tree.listeners;
    if (listener === undefined) throw new Error('no listener');
    const [sctp, odd, policyId = ''] = [2, 3, 4].map(
      (n) => `00000000-0000-4000-8000-00000000000${n}`,
    );
    const listeners = [
      listener,
      { ...listener, id: sctp ?? '', protocol: 'SCTP' as const },
      { ...listener, id: odd ?? '', l7Policies: [policyOn('a,b', policyId)] },
    ];
    played.answer = ({ path }) =>
      path.endsWith('/udp_listener')
        ? { status: 400, json: { message: 'Invalid request', details: 'no SCTP here' } }
        : undefined;
    expect(await apply({ ...golden.tree, listeners })).toEqual([
      { listenerId: odd, l7PolicyId: policyId, reason: expect.stringContaining('without commas') },
      { listenerId: sctp, l7PolicyId: null, reason: expect.stringContaining('no SCTP here') },
    ]);
    const [upload] = played.requests.filter(({ path }) => path.endsWith('/haproxy'));
    expect(upload?.body).toContain(`frontend ${listener.id}`);
    expect(upload?.body).not.toContain(odd);
    expect(played.requests.at(-1)?.path).toBe(`/1.0/loadbalancer/${golden.tree.id}/reload`);
  });

  test('has its UDP listeners forgotten one by one', async () => {
    const listeners = golden.tree.listeners.map((listener) => ({
      ...listener,
      protocol: 'UDP' as const,
      provisioningStatus: 'PENDING_DELETE' as const,
    }));
    await apply({ ...golden.tree, listeners });
    expect(played.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /',
      ...listeners.map(({ id }) => `DELETE /1.0/listeners/${id}`),
      `DELETE /1.0/listeners/${golden.tree.id}`,
    ]);
  });

  test('is uploaded as bytes, by our name, over one connection a request', async () => {
    await apply(golden.tree);
    const upload = played.requests.find(({ path }) => path.endsWith('/haproxy'));
    expect(upload?.headers['content-type']).toBeUndefined();
    expect(upload?.headers['content-length']).toBe(String(Buffer.byteLength(upload?.body ?? '')));
    expect(upload?.headers['user-agent']).toBe(
      'Octavia HaProxy Rest Client/1.0 (https://wiki.openstack.org/wiki/Octavia)',
    );
    expect(played.connections()).toBe(played.requests.length);
  });
});

/** Its one rule is about a header of that name. */
function policyOn(header: string, id: string): L7PolicyTree {
  const common = {
    isEnabled: true,
    provisioningStatus: 'ACTIVE',
    operatingStatus: 'ONLINE',
  } as const;
  const rule = { type: 'HEADER', compareType: 'EQUAL_TO', key: header, value: 'x' } as const;
  return {
    ...common,
    id,
    action: 'REJECT',
    position: 1,
    redirectHttpCode: null,
    rules: [{ ...common, ...rule, id: id.replace('0-8', '1-8'), isInverted: false }],
  } as unknown as L7PolicyTree;
}

async function play(golden: GoldenCase) {
  const played = await playAmphora({
    pem: await pki.agentPem(golden.hostAmphoraId),
    clientCaPem: pki.clientCa.certificatePem,
    host: HOST,
    haproxyVersion: golden.info.haproxy_version,
    details: golden.details,
  });
  const driver = amphoraRestDriver(
    pki.options(played.port, {
      certificates: goldenCertificates,
      haproxy: golden.context.options,
      pathsOf: () => golden.context.paths,
    }),
  );
  const amphora = testAmphora(golden.hostAmphoraId, HOST);
  return { played, apply: (tree: LoadBalancerTree) => driver.applyLoadBalancer(amphora, tree) };
}

function expectedRequests({ requests }: GoldenCase): readonly string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}
