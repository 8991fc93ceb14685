import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  L7PolicyTree,
  ListenerTree,
  LoadBalancerTree,
} from '#core/domain/load-balancer-tree.ts';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';
import { goldenCertificates } from '#core/haproxy/testing/golden-certificates.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import { issue } from '../../amphora-agent/testing/certificates.ts';
import { TestMachine } from '../../amphora-agent/testing/machine.ts';
import { amphoraRestDriver } from './driver.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

const exec = promisify(execFile);
const MAC = 'fa:16:3e:00:00:01';
const VIP = '203.0.113.10';
const isRoot = process.getuid?.() === 0;

/** The agent as it runs in an amphora, in a namespace of its own; tests follow one amphora through its life. */
describe.runIf(isRoot)('the real agent', () => {
  let pki: TestPki;
  let machine: TestMachine;
  let driver: AmphoraDriver;
  let amphora: ReturnType<typeof testAmphora>;

  beforeAll(async () => {
    machine = await TestMachine.create();
    pki = await createTestPki();
    const { authority, client } = machine.certificates;
    const clientCertPath = join(pki.directory, 'agent-client.pem');
    const serverCaPath = join(pki.directory, 'agent-ca.pem');
    await writeFile(clientCertPath, client);
    await writeFile(serverCaPath, authority.certificatePem);
    driver = amphoraRestDriver(
      pki.options(9443, {
        clientCertPath,
        serverCaPath,
        readTimeoutMs: 20_000,
        patience: { attemptsMax: 50, intervalMs: 100 },
        certificates: goldenCertificates,
        pathsOf: () => ({
          basePath: machine.base,
          baseCertDir: join(machine.base, 'certs'),
          serviceManager: 'child',
        }),
      }),
    );
    amphora = testAmphora(machine.amphoraId, machine.address);
  });
  afterAll(async () => {
    await machine?.remove();
    await pki?.remove();
  });

  test('is waited for while it starts', async () => {
    const info = driver.getInfo(amphora, { attemptsMax: 1000, intervalMs: 20 });
    await machine.startAgent();
    await expect(info).resolves.toMatchObject({
      apiVersion: '1.0',
      haproxyVersion: expect.stringMatching(/^\d+\.\d+/),
    });
  });

  test('brings the VIP up, and again when the answer was lost', async () => {
    await machine.plugNic(MAC);
    const subnet = {
      id: 's',
      networkId: 'n',
      cidr: '203.0.113.0/24',
      ipVersion: 4,
      gatewayIp: '203.0.113.1',
      hostRoutes: [],
    } as const;
    const plug = {
      vipAddress: VIP,
      subnet,
      macAddress: MAC,
      vrrpIp: '203.0.113.20',
      mtu: null,
      additionalVips: [],
    };
    await driver.plugVip(amphora, plug);
    await driver.plugVip(amphora, plug);
    const args = ['netns', 'exec', machine.tenantNamespace, 'ping', '-c', '1', '-W', '5', VIP];
    await expect(exec('ip', args)).resolves.toBeDefined();
  });

  test('serves the tree that is applied, and the next one after it', async () => {
    await driver.applyLoadBalancer(amphora, treeOf('/one'));
    await expect.poll(() => redirectOf('/one')).toBe('http://redirected.test/');
    await driver.applyLoadBalancer(amphora, treeOf('/two'));
    await expect
      .poll(async () => [await redirectOf('/two'), await redirectOf('/one')])
      .toEqual(['http://redirected.test/', '']);
  });

  test("tells whom HAProxy's checker refuses, in its words; the others are updated", async () => {
    const [good, bad] = [treeOf('/three'), treeOf('(', 'REGEX')].map((tree) => tree.listeners[0]);
    if (good === undefined || bad === undefined) throw new Error('no listener');
    const id = '00000000-0000-4000-8000-000000000003';
    const listeners = [good, { ...bad, id, protocolPort: 81 }];
    const refused = await driver.applyLoadBalancer(amphora, { ...treeOf('/'), listeners });
    expect(refused).toEqual([
      {
        listenerId: id,
        l7PolicyId: bad.l7Policies[0]?.id,
        reason: expect.stringMatching(/listener 0{8}-.*regex '\(' is invalid/),
      },
    ]);
    await expect.poll(() => redirectOf('/three')).toBe('http://redirected.test/');
  });

  test('serves on with what it has when HAProxy refuses all', async () => {
    expect(await driver.applyLoadBalancer(amphora, treeOf('(', 'REGEX'))).toHaveLength(1);
    expect(await redirectOf('/three')).toBe('http://redirected.test/');
  });

  test('ends TLS with the certificates that were uploaded', async () => {
    const golden = readGoldenCase('13-tls-default').tree.listeners[0];
    const tree = treeOf('/tls');
    const [listener] = tree.listeners;
    if (listener === undefined || golden === undefined) throw new Error('no listener');
    const tls: ListenerTree = {
      ...listener,
      protocol: 'TERMINATED_HTTPS',
      defaultTlsContainerRef: golden.defaultTlsContainerRef,
    };
    await driver.applyLoadBalancer(amphora, { ...tree, listeners: [tls] });
    await expect
      .poll(() => curl('https', '/tls', '%{redirect_url}'))
      .toBe('http://redirected.test/');
  });

  test('takes a new certificate, and is believed with it at once', async () => {
    const pem = await issue(machine.certificates.authority, machine.amphoraId);
    await driver.uploadCertificate(amphora, pem);
    await expect(driver.getInfo(amphora, { attemptsMax: 1, intervalMs: 1 })).resolves.toBeDefined();
  });

  test('takes a new configuration', async () => {
    await driver.uploadAgentConfig(amphora, machine.config);
    await expect(driver.uploadAgentConfig(amphora, 'no configuration')).rejects.toMatchObject({
      isRetryable: false,
    });
  });

  test('serves nothing any more when the last listener goes', async () => {
    const tree = treeOf('/one');
    const listeners = tree.listeners.map((listener) => ({
      ...listener,
      provisioningStatus: 'PENDING_DELETE' as const,
    }));
    await driver.applyLoadBalancer(amphora, { ...tree, listeners });
    await driver.applyLoadBalancer(amphora, { ...tree, listeners });
    expect(await curl('http', '/one', '%{http_code}')).toBe('000');
  });

  async function redirectOf(path: string): Promise<string> {
    return curl('http', path, '%{redirect_url}');
  }

  /** From the tenant's network; what it writes out when nobody answers is the answer. */
  async function curl(scheme: string, path: string, format: string): Promise<string> {
    const url = `${scheme}://${VIP}:80${path}`;
    const args = ['--silent', '--insecure', '--max-time', '5', '--output', '/dev/null'];
    const inTenant = ['netns', 'exec', machine.tenantNamespace, 'curl'];
    const { stdout } = await exec('ip', [...inTenant, ...args, '--write-out', format, url]).catch(
      (error: { stdout: string }) => error,
    );
    return stdout;
  }
});

/** One HTTP listener that redirects what matches: no member is needed to see whether it serves. */
function treeOf(value: string, compareType: 'EQUAL_TO' | 'REGEX' = 'EQUAL_TO'): LoadBalancerTree {
  const { tree } = readGoldenCase('02-http-no-pool');
  const policy = {
    id: '00000000-0000-4000-8000-000000000001',
    isEnabled: true,
    provisioningStatus: 'ACTIVE',
    action: 'REDIRECT_TO_URL',
    redirectUrl: 'http://redirected.test/',
    redirectHttpCode: 302,
    position: 1,
    rules: [
      {
        id: '00000000-0000-4000-8000-000000000002',
        isEnabled: true,
        provisioningStatus: 'ACTIVE',
        type: 'PATH',
        compareType,
        key: null,
        value,
        isInverted: false,
      },
    ],
  } as unknown as L7PolicyTree;
  const listeners = tree.listeners.map((listener) => ({ ...listener, l7Policies: [policy] }));
  return { ...tree, vip: { ...tree.vip, address: VIP }, listeners };
}
