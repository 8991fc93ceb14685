/** Refused by the router, before any controller: its body has no `faultstring`. */
export class RouterFault extends Error {
  readonly status: 400 | 404 | 405 | 406;
  readonly title: string;
  readonly description: string | null;
  /** The methods that would do, for 405. */
  readonly allow: string | null;

  constructor(
    status: RouterFault['status'],
    title: string,
    description: string | null,
    allow: string | null = null,
  ) {
    super(description ?? title);
    this.name = 'RouterFault';
    this.status = status;
    this.title = title;
    this.description = description;
    this.allow = allow;
  }
}

export function methodNotAllowed(allow: string): RouterFault {
  return new RouterFault(405, 'Method Not Allowed', '', allow);
}

/** A parent in the path does not exist. Clients know the odd title. */
export function parentNotFound(noun: 'Pool' | 'L7Policy', id: string): RouterFault {
  return new RouterFault(404, 'Bad Request', `${noun} ${id} not found.`);
}

/** A list parameter that cannot be read. */
export function badListParameter(description: string): RouterFault {
  return new RouterFault(400, 'Bad Request', description);
}
