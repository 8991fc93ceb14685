import { execFile } from 'node:child_process';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import type { OpensslFolder } from '#drivers/certificates-db/testing/openssl.ts';
import type { Scene } from '../../../deploy/one-box/demo/scene.ts';

const CERTIFICATE = join(import.meta.dirname, '../../../deploy/certificate/main.ts');
const run = promisify(execFile);

/** `npm run certificate`, as it is typed. @returns what it printed */
export async function certificate(scene: Scene, ...words: readonly string[]): Promise<string> {
  const args = [CERTIFICATE, ...words, '--config-file', scene.state.configFile];
  return (await run(process.execPath, args)).stdout.trim();
}

/** What a member saw of a request. */
export interface Seen {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of the TLS connection, if it was one. */
  readonly clientName: string | null;
  readonly serverName: string | null;
}

/** A member that answers with what it saw. What is asked for under /slow is answered by `finish`. */
export interface TlsMember {
  readonly port: number;
  /** How many requests wait for `finish`. */
  readonly waiting: number;
  finish(): void;
  stop(): void;
}

/** @param tls its certificate, and the authority of those whom it serves; left out: it speaks plain HTTP */
export async function startMember(
  address: string,
  tls?: { readonly files: OpensslFolder; readonly name: string; readonly clientCa: string },
): Promise<TlsMember> {
  const waiting: ServerResponse[] = [];
  const answer: RequestListener = (request, response) => {
    if (request.url !== '/slow') return void response.end(JSON.stringify(seenIn(request)));
    response.write('begun ');
    waiting.push(response);
  };
  const server = tls ? createHttpsServer(optionsOf(tls), answer) : createHttpServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get waiting() {
      return waiting.length;
    },
    finish: () => waiting.splice(0).forEach((response) => response.end('ended')),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function optionsOf({ files, name, clientCa }: NonNullable<Parameters<typeof startMember>[1]>) {
  return {
    cert: files.read(`${name}.pem`),
    key: files.read(`${name}.key`),
    ca: files.read(`${clientCa}.pem`),
    requestCert: true,
    rejectUnauthorized: true,
  };
}

function seenIn({ headers, socket }: IncomingMessage): Seen {
  const tls = socket instanceof TLSSocket ? socket : null;
  return {
    headers: headers as Seen['headers'],
    clientName: tls === null ? null : String(tls.getPeerCertificate().subject.CN),
    serverName: (tls as { servername?: string } | null)?.servername ?? null,
  };
}
