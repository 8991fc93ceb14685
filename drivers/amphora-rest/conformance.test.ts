import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';
import { issue } from '../../amphora-agent/testing/certificates.ts';
import { TestMachine } from '../../amphora-agent/testing/machine.ts';
import { type AmphoraBench, amphoraConformance } from '../conformance/amphora.ts';
import { amphoraRestDriver } from './driver.ts';
import { createTestPki, testAmphora } from './testing/test-driver.ts';

const MAC = 'fa:16:3e:00:00:01';
const VIP = '203.0.113.10';

/** The real agent, in a namespace of its own. */
async function openBench(): Promise<AmphoraBench> {
  const machine = await TestMachine.create();
  const pki = await createTestPki();
  const close = async (): Promise<void> => {
    await machine.remove();
    await pki.remove();
  };
  const { authority, client } = machine.certificates;
  const clientCertPath = join(pki.directory, 'agent-client.pem');
  const serverCaPath = join(pki.directory, 'agent-ca.pem');
  await writeFile(clientCertPath, client);
  await writeFile(serverCaPath, authority.certificatePem);
  const base = machine.base;
  const driver = amphoraRestDriver(
    pki.options(9443, {
      clientCertPath,
      serverCaPath,
      readTimeoutMs: 20_000,
      patience: { attemptsMax: 50, intervalMs: 100 },
      pathsOf: () => ({
        basePath: base,
        baseCertDir: join(base, 'certs'),
        serviceManager: 'child',
      }),
    }),
  );
  await machine.startAgent();
  await machine.plugNic(MAC);
  const { tree } = readGoldenCase('02-http-no-pool');
  return {
    driver,
    amphora: testAmphora(machine.amphoraId, machine.address),
    // Nobody listens there.
    silent: testAmphora(machine.amphoraId, '127.255.255.254'),
    plug: {
      vipAddress: VIP,
      subnet: {
        id: 's',
        networkId: 'n',
        cidr: '203.0.113.0/24',
        ipVersion: 4,
        gatewayIp: '203.0.113.1',
        hostRoutes: [],
      },
      macAddress: MAC,
      vrrpIp: '203.0.113.20',
      mtu: null,
      additionalVips: [],
    },
    elsewhere: '203.0.113.99',
    tree: { ...tree, vip: { ...tree.vip, address: VIP } },
    certificatePem: await issue(authority, machine.amphoraId),
    agentConfig: machine.config,
    close,
  };
}

if (process.getuid?.() === 0) amphoraConformance('amphora-rest', openBench);
