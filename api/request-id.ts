import { randomUUID } from 'node:crypto';

/** Always ours: what the client sends is only kept as `global_request_id` in logs. */
export function newRequestId(): string {
  return `req-${randomUUID()}`;
}

const GLOBAL_ID = /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function globalRequestId(header: string | readonly string[] | undefined): string | null {
  return typeof header === 'string' && GLOBAL_ID.test(header) ? header : null;
}
