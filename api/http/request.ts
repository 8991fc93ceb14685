import type { Identity } from '../auth/strategy.ts';
import type { ApiContext } from '../context.ts';
import { authorize } from '../policy/authorize.ts';
import type { RuleName } from '../policy/default-rules.ts';

export type QueryParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request as handlers see it: no HTTP library in sight. */
export interface ApiRequest {
  readonly context: ApiContext;
  readonly identity: Identity;
  readonly requestId: string;
  /** The ids in the path, by name, as the client spelt them. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: QueryParameters;
  /** Parsed JSON; undefined when there was no body. */
  readonly body: unknown;
  /** How the client reached us, for links: `http://host/prefix` and the path below it, mount point and all. */
  readonly base: string;
  readonly path: string;
}

export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  /** Absent: no body and no content type. */
  readonly body?: unknown;
  /** In place of a body: its JSON, where that was cheaper to make piece by piece. */
  readonly json?: string;
}

export type Handler = (request: ApiRequest) => Promise<Answer> | Answer;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const accepted: Answer = { status: 202 };
export const noContent: Answer = { status: 204 };

/** @throws OctaviaError `forbidden` */
export function permit(request: ApiRequest, rule: RuleName, projectId: string | null): void {
  authorize(request.context.policy, request.identity, `os_load-balancer_api:${rule}`, {
    projectId,
  });
}

/** A path parameter that the route declares. */
export function param(request: ApiRequest, name: string): string {
  return request.params[name] ?? '';
}

/** The last value of a parameter, as Octavia reads switches like `cascade`. */
export function isSwitchedOn(request: ApiRequest, name: string): boolean {
  const value = request.query[name];
  const text = typeof value === 'string' ? value : value?.at(-1);
  return isTrueWord(text ?? '');
}

export function isTrueWord(text: string): boolean {
  return /^(true|1|t|y|yes|on)$/i.test(text.trim());
}
