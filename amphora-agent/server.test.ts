import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issue } from './testing/certificates.ts';
import { TestMachine } from './testing/machine.ts';
import type { Asked } from './testing/request.ts';

const LOAD_BALANCER = '396b8675-85d2-5cc2-b6f0-96b94c0d8c6f';
const CERTIFICATES = `/1.0/loadbalancer/${LOAD_BALANCER}/certificates`;

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create({ wire: 'octavia' });
  await machine.startAgent();
});
afterAll(async () => machine?.remove());

async function isRefused(options: Asked): Promise<boolean> {
  return machine.ask('GET', '/', options).then(
    () => false,
    () => true,
  );
}

async function certificateSeen(): Promise<string> {
  const { authority, client } = machine.certificates;
  return new Promise((resolve, reject) => {
    const options = { host: machine.address, port: 9443, servername: machine.amphoraId };
    const socket = connect({ ...options, ca: authority.certificatePem, cert: client, key: client });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
  });
}

/** A request of which half is said: over TLS, with the certificate of that moment. */
async function openRequest(): Promise<{ finish(): Promise<string> }> {
  const { authority, client } = machine.certificates;
  const socket = connect({
    host: machine.address,
    port: 9443,
    servername: machine.amphoraId,
    ca: authority.certificatePem,
    cert: client,
    key: client,
  });
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\n');
  return {
    async finish() {
      socket.write('Host: x\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return answer.toString();
    },
  };
}

/** What the agent answers to bytes on a connection of a controller. */
async function say(bytes: string): Promise<string> {
  const { authority, client } = machine.certificates;
  return new Promise((resolve) => {
    const options = { host: machine.address, port: 9443, servername: machine.amphoraId };
    const tls = { ca: authority.certificatePem, cert: client, key: client };
    const socket = connect({ ...options, ...tls }, () => socket.write(bytes));
    let said = '';
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
    });
    socket.once('error', () => resolve(said)); // it may hang up on someone who does not stop talking
    socket.once('close', () => resolve(said));
  });
}

describe('who is let in', () => {
  it('nobody without a certificate', async () => {
    expect(await isRefused({ cert: '', key: '' })).toBe(true);
  });

  it('nobody with a certificate of another CA', async () => {
    const { stranger } = machine.certificates;
    expect(await isRefused({ cert: stranger, key: stranger })).toBe(true);
  });

  it('nobody with TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const;
    expect(await isRefused({ ...old, ciphers: 'DEFAULT@SECLEVEL=0' })).toBe(true);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('a controller, with %s', async (version) => {
    const answer = await machine.ask('GET', '/', { minVersion: version, maxVersion: version });
    expect(answer.text).toBe('{"api_version":"1.0"}');
  });
});

describe('what is refused and does no harm', () => {
  it('a body that is too large', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'x');
    const answer = await machine
      .ask('PUT', `${CERTIFICATES}/large.pem`, { body })
      .catch(() => null);
    expect(answer?.status ?? 413).toBe(413);
    expect((await machine.ask('GET', `${CERTIFICATES}/large.pem`)).status).toBe(404);
  });

  it.each(['{', 'null', '3', '[1]', '{"mac_address":7}', '{"mac_address":"x"}'])(
    'the body %s where a network is to be plugged',
    async (body) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await machine.ask('POST', '/1.0/plug/network', { headers, body });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({ http_code: 400 });
    },
  );

  it.each([
    '..%2F..%2Fetc%2Fpasswd.pem',
    '%2e%2e%2f%2e%2e%2fx.pem',
    '.hidden.pem',
    'a%00b.pem',
    'a%0Ab.pem',
    'a%20b.pem',
    'x.pem.sh',
  ])('the file name %s', async (fileName) => {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const answer = await machine.ask(method, `${CERTIFICATES}/${fileName}`, { body: 'x' });
      expect(answer.status).toBe(400);
    }
  });

  it.each(['..', '%2e%2e', 'x', `${LOAD_BALANCER}%2F..`, `${LOAD_BALANCER}x`])(
    'the load balancer id %s',
    async (id) => {
      const answer = await machine.ask('PUT', `/1.0/loadbalancer/${id}/reload`);
      expect([400, 404]).toContain(answer.status);
    },
  );

  it.each([
    ['no HTTP', 'nonsense\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a negative length', 'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n'],
    ['a bad chunk', 'PUT / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['a path without end', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
  ])('bytes with %s', async (_what, bytes) => {
    expect(await say(bytes)).toMatch(/^(HTTP\/1.1 4\d\d |$)/);
    expect((await machine.ask('GET', '/')).status).toBe(200);
  });

  it('and nothing was written outside the folder of certificates', async () => {
    expect((await readdir(machine.base)).toSorted()).not.toContain('passwd.pem');
    expect((await machine.ask('GET', '/1.0/listeners')).text).toBe('[]');
  });

  it('a certificate with which no controller would speak, and the one before stays', async () => {
    const before = await certificateSeen();
    const { authority, server } = machine.certificates;
    const ofAnother = await issue(authority, 'another-amphora');
    const ended = await issue(authority, machine.amphoraId, Date.now() - 2 * 86_400_000);
    const [certificate = ''] = server.split('-----BEGIN RSA');
    for (const [body, reason] of [
      ['nonsense', /not a certificate with its key in PEM/],
      [certificate, /not a certificate with its key in PEM/],
      [certificate + ofAnother.slice(ofAnother.indexOf('-----BEGIN RSA')), /mismatch/],
      [ofAnother, /is for \\"CN=another-amphora\\"; it must be for /],
      [ended, /the certificate ended /],
    ] as const) {
      const answer = await machine.ask('PUT', '/1.0/certificate', { body });
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(reason);
      expect(answer.text).not.toContain('PRIVATE KEY');
    }
    expect(await certificateSeen()).toBe(before);
  });
});

it('its metrics, health and readiness are for those who have a certificate', async () => {
  expect((await machine.ask('GET', '/healthz')).status).toBe(200);
  await machine.heartbeat(() => true);
  await expect
    .poll(async () => (await machine.ask('GET', '/readyz')).text)
    .toBe('heartbeats: ok\ncertificate: ok\n');
  const { text } = await machine.ask('GET', '/metrics');
  expect(text).toMatch(/^octavia_agent_heartbeats_total\{outcome="sent",.*\} [1-9]/m);
  expect(text).toMatch(
    /^octavia_agent_requests_total\{method="GET",route="\/healthz",status="200",.*\} 1$/m,
  );
  const [, end] = /^octavia_agent_certificate_end_timestamp_seconds\{.*\} (\S+)$/m.exec(text) ?? [];
  expect(Number(end) * 1000).toBeGreaterThan(Date.now());
});

it('a new certificate is shown from the next connection on, and breaks no request under way', async () => {
  const before = await certificateSeen();
  const underWay = await openRequest();
  const body = await issue(machine.certificates.authority, machine.amphoraId);
  expect((await machine.ask('PUT', '/1.0/certificate', { body })).status).toBe(202);
  expect(await certificateSeen()).not.toBe(before);
  expect(await underWay.finish()).toMatch(/^HTTP\/1\.1 200/);
  const file = join(machine.folder, 'etc', 'server.pem');
  expect(await readFile(file, 'utf8')).toBe(body);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('a new heartbeat key is signed with from then on, without a restart', async () => {
  await machine.heartbeat();
  expect(machine.isNextKeyUsed).toBe(false);
  const body = machine.configWithNextKey;
  expect((await machine.ask('PUT', '/1.0/config', { body })).status).toBe(202);
  await expect.poll(() => machine.isNextKeyUsed).toBe(true);
});

it('a new configuration is in force at once, and one that SIGHUP cannot read is not', async () => {
  await machine.heartbeat();
  const native = machine.config.replace('heartbeat_wire = octavia', 'heartbeat_wire = native');
  const stopped = native.replace(/controller_ip_port_list = .*/, 'controller_ip_port_list =');
  expect((await machine.ask('PUT', '/1.0/config', { body: stopped })).status).toBe(202);
  expect(await readFile(machine.configFile, 'utf8')).toBe(stopped);
  await expect(machine.heartbeat(undefined, 2500)).rejects.toThrow('no such heartbeat');

  await writeFile(machine.configFile, 'this is not ini [');
  machine.signalAgent('SIGHUP');
  await expect.poll(() => machine.log).toContain('not read again');
  await writeFile(machine.configFile, native);
  machine.signalAgent('SIGHUP');
  await machine.heartbeat();
});
