import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How Keystone behaves, to be changed while it runs. */
export interface Behaviour {
  /** Our own password. */
  password: string;
  /** Our own tokens that still work; each login adds one. */
  readonly ownTokens: Set<string>;
  /** Clients' tokens, as Keystone would show them. */
  readonly tokens: Map<string, object>;
  /** Answers with this instead of what it should. */
  status: number | null;
  /** Never answers. */
  isDeaf: boolean;
  delayMs: number;
}

export interface PlayedKeystone extends Behaviour {
  readonly url: string;
  /** `GET /v3/auth/tokens?nocatalog=1`, in the order of arrival. */
  readonly requests: string[];
  /** The most requests that were under way at once. */
  readonly busiest: () => number;
  close(): Promise<void>;
}

/** What Keystone says of a token that is scoped to a project. */
export function tokenOf(projectId: string, roles: readonly string[], changes: object = {}): object {
  return {
    user: { id: 'ada', name: 'ada', domain: { id: 'default', name: 'Default' } },
    project: { id: projectId, name: 'p', domain: { id: 'default', name: 'Default' } },
    roles: roles.map((name) => ({ id: `id-of-${name}`, name })),
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    ...changes,
  };
}

/** A server that speaks what we use of Keystone's API. */
export async function playedKeystone(): Promise<PlayedKeystone> {
  const requests: string[] = [];
  const load = { now: 0, most: 0 };
  const behaviour: Behaviour = {
    password: 'secret',
    ownTokens: new Set(),
    tokens: new Map(),
    status: null,
    isDeaf: false,
    delayMs: 0,
  };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    load.most = Math.max(load.most, ++load.now);
    response.on('close', () => load.now--);
    if (played.isDeaf) return;
    setTimeout(() => void answer(played, request, response), played.delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const played: PlayedKeystone = Object.assign(behaviour, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    busiest: () => load.most,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return played;
}

async function answer(
  played: PlayedKeystone,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  if (played.status !== null) return end(response, played.status, {});
  if (request.method === 'POST') return login(played, text, response);
  if (!played.ownTokens.has(String(request.headers['x-auth-token'])))
    return end(response, 401, { error: { code: 401 } });
  const token = played.tokens.get(String(request.headers['x-subject-token']));
  return token ? end(response, 200, { token }) : end(response, 404, { error: { code: 404 } });
}

function login(played: PlayedKeystone, text: string, response: ServerResponse): void {
  const { auth } = JSON.parse(text);
  if (auth.identity.password.user.password !== played.password) return end(response, 401, {});
  const own = `own-${played.requests.length}`;
  played.ownTokens.add(own);
  response.setHeader('x-subject-token', own);
  end(response, 201, { token: tokenOf('service', ['service']) });
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
