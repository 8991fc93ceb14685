import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { amphoraRestDriver } from './driver.ts';
import { type PlayedAmphora, playAmphora } from './testing/played-amphora.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

const ID = '3f0c2d1e-0000-4000-8000-000000000001';
const HOST = '127.0.0.1';
const ONCE = { attemptsMax: 1, intervalMs: 1 };
const amphora = testAmphora(ID, HOST);

let pki: TestPki;
let agentPem: string;
let played: PlayedAmphora;

beforeAll(async () => {
  pki = await createTestPki();
  agentPem = await pki.agentPem(ID);
});
afterAll(() => pki.remove());

beforeEach(async () => {
  played = await playAmphora({
    pem: agentPem,
    clientCaPem: pki.clientCa.certificatePem,
    host: HOST,
  });
});
afterEach(() => played.stop());

describe('an agent that does not answer yet', () => {
  test('is asked until it does: connection refused', async () => {
    const port = played.port;
    await played.stop();
    const waiting = amphoraRestDriver(pki.options(port)).getInfo(amphora, {
      attemptsMax: 200,
      intervalMs: 20,
    });
    played = await playAmphora({
      pem: agentPem,
      clientCaPem: pki.clientCa.certificatePem,
      host: HOST,
      port,
    });
    await expect(waiting).resolves.toMatchObject({ haproxyVersion: '2.6.12-1+deb12u4' });
  });

  test.each([
    ['its application is not loaded', { status: 404, text: '<h1>Not Found</h1>' }],
    [
      'its network card has not shown up',
      { status: 404, json: { details: 'No suitable network interface found' } },
    ],
  ])('is asked until it does: %s', async (_, notYet) => {
    played.answer = () => (played.requests.length < 3 ? notYet : undefined);
    await amphoraRestDriver(pki.options(played.port)).getInfo(amphora, {
      attemptsMax: 5,
      intervalMs: 1,
    });
    expect(played.requests.map(({ path }) => path)).toEqual(['/', '/', '/', '/1.0/info']);
  });

  test('is given up after as many attempts as the caller allows, and may be tried again later', async () => {
    played.answer = () => ({ status: 404, text: 'starting' });
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.getInfo(amphora, { attemptsMax: 4, intervalMs: 1 })).rejects.toMatchObject({
      isRetryable: true,
      message: `amphora ${ID}: GET /: no usable answer in 4 attempts: 404 starting`,
    });
    expect(played.requests).toHaveLength(4);
  });

  test('is given up when it accepts connections and stays silent', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, HOST);
    played.answer = () => 'silence';
    const options = { connectTimeoutMs: 300, readTimeoutMs: 300, patience: ONCE };
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      for (const silentPort of [port, played.port])
        await expect(
          amphoraRestDriver(pki.options(silentPort, options)).uploadAgentConfig(amphora, 'x'),
        ).rejects.toMatchObject({ isRetryable: true });
    } finally {
      silent.close();
    }
  });

  test('does not keep a draining process waiting', async () => {
    played.answer = () => ({ status: 404, text: 'starting' });
    const draining = new AbortController();
    const driver = amphoraRestDriver(pki.options(played.port, { signal: draining.signal }));
    const waiting = driver.getInfo(amphora, { attemptsMax: 10, intervalMs: 600_000 });
    setTimeout(() => draining.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ isRetryable: true });
  });

  test('cannot be asked at all while it has no address', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.getInfo(testAmphora(ID, null), ONCE)).rejects.toThrow(
      `amphora ${ID} has no address on the LB network`,
    );
  });
});
