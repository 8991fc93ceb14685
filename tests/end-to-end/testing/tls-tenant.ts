import { execFile } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
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

export interface TlsMember {
  readonly port: number;
  stop(): void;
}

/** Answers with the headers that it saw. What is asked for under /slow is answered by `finish`. */
export interface PlainMember extends TlsMember {
  /** How many requests wait for `finish`. */
  readonly waiting: number;
  finish(): void;
}

/** What a member that speaks TLS saw of a request, and answers with. */
export interface SeenOverTls {
  readonly clientName: string;
  readonly serverName: string | null;
  readonly httpVersion: string;
}

export async function startPlainMember(address: string): Promise<PlainMember> {
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/slow') return void response.end(JSON.stringify(request.headers));
    response.write('begun ');
    waiting.push(response);
  });
  return {
    port: await listening(server, address),
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

/** Serves clients with a certificate of the authority only; HTTP/2 with those that can. */
export async function startSecureMember(
  address: string,
  files: OpensslFolder,
  name: string,
  clientCa: string,
): Promise<TlsMember> {
  const sessions = new Set<ServerHttp2Session>();
  const options = {
    cert: files.read(`${name}.pem`),
    key: files.read(`${name}.key`),
    ca: files.read(`${clientCa}.pem`),
    requestCert: true,
    rejectUnauthorized: true,
    allowHTTP1: true,
  };
  const server = createSecureServer(options, (request, response) => {
    const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
    const seen: SeenOverTls = {
      clientName: String(socket.getPeerCertificate().subject.CN),
      serverName: (socket as { servername?: string | null }).servername ?? null,
      httpVersion: request.httpVersion,
    };
    response.end(JSON.stringify(seen));
  });
  server.on('session', (session) => sessions.add(session));
  return {
    port: await listening(server, address),
    stop() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

async function listening(server: Server, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  return (server.address() as AddressInfo).port;
}
