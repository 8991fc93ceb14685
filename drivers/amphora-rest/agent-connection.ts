import { readFile } from 'node:fs/promises';
import { buildConnector, Client } from 'undici';
import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import { agentAddress } from './agent-address.ts';
import type { AmphoraRestOptions } from './options.ts';

const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The TLS client of one amphora, for one call of the driver. Who answers is checked against the amphora's id, whatever
 * address is dialled; sharing a client between amphorae would make that check race. Agents close after each answer,
 * and no session is resumed, so that a certificate that was rotated is seen on the next request.
 * @throws DriverFailure (permanent) when our certificate or the agents' CA cannot be read
 */
export async function openConnection(
  amphora: Pick<Amphora, 'id' | 'lbNetworkIp'>,
  options: AmphoraRestOptions,
  connectTimeoutMs: number,
): Promise<Client> {
  const { origin, host } = agentAddress(amphora, options.port, options.lbNetworkInterface);
  const [certificate, ca] = await Promise.all([
    readPem(options.clientCertPath, 'client_cert'),
    readPem(options.serverCaPath, 'server_ca'),
  ]);
  const dial = buildConnector({
    cert: certificate,
    key: certificate,
    ca,
    minVersion: 'TLSv1.2',
    timeout: connectTimeoutMs,
    maxCachedSessions: 0,
  });
  return new Client(origin, {
    connect: (target, callback) =>
      dial({ ...target, hostname: host, servername: amphora.id }, (...dialled) => {
        const [error] = dialled;
        if (error === null) callback(...dialled);
        else callback(plain(error), null);
      }),
    headersTimeout: options.readTimeoutMs,
    bodyTimeout: options.readTimeoutMs,
    maxResponseSize: RESPONSE_BYTES_MAX,
    pipelining: 1,
  });
}

/**
 * Of a wrong name undici fails only requests with a `servername` of their own, and leaves all others waiting for ever:
 * without its code it is an error like any other.
 */
function plain(error: Error): Error {
  const isWrongName = 'code' in error && error.code === 'ERR_TLS_CERT_ALTNAME_INVALID';
  return isWrongName ? new Error(error.message, { cause: error }) : error;
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const what = `${path} cannot be read; [haproxy_amphora] ${option} must name a PEM file that this process may read`;
    throw new DriverFailure(what, { retryable: false, cause: error });
  }
}
