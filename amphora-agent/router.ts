import { type AgentRequest, frameworkError, Refusal, type Reply, refuse } from './http-message.ts';

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** `/1.0/loadbalancer/:loadBalancerId/haproxy`: each `:name` is one segment. */
  readonly path: string;
  /** Changes the host: such requests run one after the other. */
  readonly isChange: boolean;
  handle(request: AgentRequest): Promise<Reply> | Reply;
}

export type RouteMatch =
  | {
      readonly kind: 'found';
      readonly route: Route;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Finds the route of a request by method and path, and holds every id in the path against the form of an id. */
export function matchRoute(routes: readonly Route[], method: string, target: string): RouteMatch {
  const segments = decodePath(target);
  if (segments === null) return { kind: 'refused', refusal: frameworkError(404) };
  const candidates = routes.flatMap((route) => {
    const params = paramsOf(route.path, segments);
    return params === null ? [] : [{ route, params }];
  });
  if (candidates.length === 0) return { kind: 'refused', refusal: frameworkError(404) };
  const match = candidates.find((candidate) => candidate.route.method === method);
  if (match === undefined) {
    const allow = [...new Set(candidates.map((candidate) => candidate.route.method))].join(', ');
    const { reply } = frameworkError(405);
    return { kind: 'refused', refusal: new Refusal({ ...reply, allow }) };
  }
  const badId = Object.entries(match.params).find(
    ([name, value]) => name.endsWith('Id') && !UUID.test(value),
  );
  if (badId)
    return {
      kind: 'refused',
      refusal: refuse(400, 'Invalid request', `${JSON.stringify(badId[1])} is not a UUID`),
    };
  return { kind: 'found', ...match };
}

/** Segments of the path without the query; null when it is not well-formed. */
function decodePath(target: string): readonly string[] | null {
  const path = target.split('?', 1)[0] ?? '';
  if (!path.startsWith('/')) return null;
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return null;
  }
}

function paramsOf(
  pattern: string,
  segments: readonly string[],
): Readonly<Record<string, string>> | null {
  const names = pattern.slice(1).split('/');
  if (names.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = segments[index] ?? '';
    if (!name.startsWith(':')) {
      if (name !== segment) return null;
    } else if (segment === '') return null;
    else params[name.slice(1)] = segment;
  }
  return params;
}
