import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, get, type RequestOptions } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

const TIMEOUT_MS = 30_000;
/** A test that fails leaves its visitors alone. */
const VISITS_MAX = 10_000;

export interface TlsAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** One request over HTTP/1.1; rejects when the handshake or the connection fails. */
export function ask(host: string, options: RequestOptions = {}): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const own = {
      host,
      servername: 'www.example.test',
      timeout: TIMEOUT_MS,
      agent: false,
      ...options,
    };
    const request = get(own, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.once('timeout', () => request.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    request.once('error', reject);
  });
}

/** One connection over which one request after the other goes, as long as the other side keeps it. */
export class OpenConnection {
  readonly #socket: TLSSocket;
  #said = '';

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    socket.on('error', () => {}); // the next answer does not come, which is what the test says
  }

  static async to(host: string, ca: string): Promise<OpenConnection> {
    const socket = connect({ host, port: 443, ca, servername: 'www.example.test' });
    await once(socket, 'secureConnect');
    return new OpenConnection(socket);
  }

  /** @returns what came back; part of it, or nothing, when the connection is closed */
  async ask(path: string): Promise<string> {
    this.#said = '';
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: www.example.test\r\n\r\n`);
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (!this.#said.includes('}') && !this.#socket.closed && performance.now() < deadlineMs)
      await delay(10);
    return this.#said;
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The code of the error with which a request failed, or its status. */
export async function outcome(host: string, options: RequestOptions): Promise<string> {
  return ask(host, options).then(
    ({ status }) => String(status),
    (error: NodeJS.ErrnoException) => `${error.code} ${error.message}`,
  );
}

/** Two who ask without a pause: one on a connection that stays open, one on a new connection each time. */
export class Visitors {
  readonly #outcomes: string[] = [];
  readonly #visits: Promise<unknown>;
  readonly #keepAlive = new Agent({ keepAlive: true, maxSockets: 1 });
  #isLeaving = false;

  constructor(host: string, ca: string) {
    this.#visits = Promise.all([
      this.#visit(host, { ca }),
      this.#visit(host, { ca, agent: this.#keepAlive }),
    ]);
  }

  /** @returns what each request led to */
  async leave(): Promise<readonly string[]> {
    this.#isLeaving = true;
    await this.#visits;
    this.#keepAlive.destroy();
    return this.#outcomes;
  }

  async #visit(host: string, options: RequestOptions): Promise<void> {
    while (!this.#isLeaving && this.#outcomes.length < VISITS_MAX) {
      this.#outcomes.push(await outcome(host, options));
      await delay(10);
    }
  }
}

/** What a handshake leads to. */
export async function handshake(
  host: string,
  options: ConnectionOptions,
): Promise<{
  readonly protocol: string | null;
  readonly cipher: string;
  readonly alpn: string;
  readonly name: string;
}> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 443, servername: 'www.example.test', ...options }, () => {
      const { alpnProtocol } = socket;
      resolve({
        protocol: socket.getProtocol(),
        cipher: socket.getCipher().standardName,
        alpn: alpnProtocol === false || alpnProtocol === null ? '' : alpnProtocol,
        name: String(socket.getPeerCertificate().subject.CN),
      });
      socket.destroy();
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
  });
}

/** One request over HTTP/2. */
export function askHttp2(host: string, ca: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${host}`, { ca, servername: 'www.example.test' });
    session.once('error', reject);
    const stream = session.request({ ':path': '/' });
    let status = 0;
    let text = '';
    stream.once('response', (headers) => (status = Number(headers[':status'])));
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    stream.once('error', reject);
    stream.once('end', () => {
      session.close();
      resolve({ status, text });
    });
  });
}

/** What `openssl s_client` says of a handshake, with its parameters. */
export function sClient(host: string, ...parameters: readonly string[]): Promise<string> {
  return said('openssl', ['s_client', '-connect', host, ...parameters]);
}

/**
 * What curl makes of a request to https://www.example.test/, with its parameters.
 * @returns version of HTTP and status, 0 and 000 where nothing was answered; or what it complains of beside them
 */
export function curl(host: string, ...parameters: readonly string[]): Promise<string> {
  const [address, port] = host.split(':');
  const url = `https://www.example.test:${port}/`;
  const to = ['--connect-to', `::${address}:${port}`, '--noproxy', '*'];
  const shown = ['--silent', '--show-error', '--output', '/dev/null'];
  return said('curl', [
    ...shown,
    ...to,
    '-w',
    '%{http_version} %{http_code}\\n',
    ...parameters,
    url,
  ]);
}

function said(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: TIMEOUT_MS });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => resolve(said));
    child.stdin.end('Q\n');
  });
}
