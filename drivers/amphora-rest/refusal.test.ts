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

describe('what an agent refuses', () => {
  test.each([
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [405, false],
    [302, false],
    [413, false],
    [502, false],
    [500, false],
    [503, true],
  ])('with %i is reported at once in its words; worth a retry: %s', async (status, isRetryable) => {
    played.answer = ({ path }) =>
      path === '/1.0/certificate' ? { status, json: { error: 'no such luck' } } : undefined;
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.uploadCertificate(amphora, 'pem')).rejects.toMatchObject({
      isRetryable,
      message: `amphora ${ID}: PUT /1.0/certificate answered ${status}: no such luck`,
    });
    expect(played.requests).toHaveLength(2);
  });

  test('an agent older than version 1.0 of the API is not spoken with', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    for (const json of [{ api_version: '0.5' }, {}]) {
      played.answer = () => ({ status: 200, json });
      await expect(driver.getInfo(amphora, ONCE)).rejects.toMatchObject({ isRetryable: false });
    }
    played.answer = () => ({ status: 404, json: { error: 'Not Found' } });
    await expect(driver.getInfo(amphora, ONCE)).rejects.toThrow('must be 1.0 or later');
  });

  test('an agent too old to take a configuration keeps what it has', async () => {
    played.answer = ({ path }) =>
      path === '/1.0/config' ? { status: 404, json: { error: 'Not Found' } } : undefined;
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.uploadAgentConfig(amphora, 'x')).resolves.toBeUndefined();
  });
});
