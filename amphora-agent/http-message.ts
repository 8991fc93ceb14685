/** One request, its body read whole. */
export interface AgentRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  /** The `:names` of the route's path, decoded; those ending in `Id` are UUIDs. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly contentType: 'application/json' | 'text/plain; charset=UTF-8';
  readonly body: string;
  /** MD5 of the file, unquoted: the controller compares it. */
  readonly etag?: string;
  /** Answer of a 405. */
  readonly allow?: string;
}

/** A request that the handlers refuse: thrown anywhere below a route, answered as it stands. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`${reply.status} ${reply.body}`);
    this.name = 'Refusal';
    this.reply = reply;
  }
}

export function json(status: number, value: unknown): Reply {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

export function done(status: number, details?: string): Reply {
  return json(status, details === undefined ? { message: 'OK' } : { message: 'OK', details });
}

export function tagged(reply: Reply, etag: string): Reply {
  return { ...reply, etag };
}

/** Handlers' own refusals: `message`, and `details` that are often a tool's words. */
export function refuse(status: number, message: string, details?: string): Refusal {
  return new Refusal(json(status, details === undefined ? { message } : { message, details }));
}

const REASONS: Readonly<Record<number, readonly [reason: string, text: string]>> = {
  400: [
    'Bad Request',
    'The browser (or proxy) sent a request that this server could not understand.',
  ],
  404: [
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  ],
  405: ['Method Not Allowed', 'The method is not allowed for the requested URL.'],
  413: ['Request Entity Too Large', 'The data value transmitted exceeds the capacity limit.'],
  500: [
    'Internal Server Error',
    'The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
  ],
  503: [
    'Service Unavailable',
    'The server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please try again later.',
  ],
};

/** What Octavia's web framework answers by itself; controllers know these texts. */
export function frameworkError(status: keyof typeof REASONS, text?: string): Refusal {
  const [reason, usual] = REASONS[status] ?? ['Error', ''];
  return new Refusal(
    json(status, { error: `${status} ${reason}: ${text ?? usual}`, http_code: status }),
  );
}

/**
 * The body as a JSON object.
 * @throws Refusal 400 with the text, for every other body and for every other content type
 */
export function jsonObject(request: AgentRequest, text: string): Readonly<Record<string, unknown>> {
  const value = jsonValue(request, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw frameworkError(400, text);
  return value as Readonly<Record<string, unknown>>;
}

export function jsonValue(request: AgentRequest, text: string): unknown {
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(request.contentType))
    throw frameworkError(400, text);
  try {
    return JSON.parse(request.body.toString('utf8')) as unknown;
  } catch {
    throw frameworkError(400, text);
  }
}
