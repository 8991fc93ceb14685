import { isDatabaseAway } from '#core/db/pool.ts';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { RouterFault } from './http/router-fault.ts';

/** What goes out: a JSON body, or plain text for what is refused before the router. */
export interface ErrorResponse {
  readonly status: number;
  readonly body: object | string;
  readonly headers: Readonly<Record<string, string>>;
  /** Worth a line at level error: our own fault, not the caller's. */
  readonly isUnexpected: boolean;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  [ErrorCode.InvalidInput]: 400,
  [ErrorCode.ValidationFailure]: 400,
  [ErrorCode.InvalidOption]: 400,
  [ErrorCode.OptionDisabled]: 400,
  [ErrorCode.ProviderDisabled]: 400,
  [ErrorCode.Unauthorized]: 401,
  [ErrorCode.Forbidden]: 403,
  [ErrorCode.QuotaMet]: 403,
  [ErrorCode.NotFound]: 404,
  [ErrorCode.Immutable]: 409,
  [ErrorCode.InvalidState]: 409,
  [ErrorCode.Conflict]: 409,
  [ErrorCode.ProviderError]: 500,
  [ErrorCode.ProviderMissing]: 501,
  [ErrorCode.ProviderUnsupportedAction]: 501,
  [ErrorCode.ProviderUnsupportedOption]: 501,
  [ErrorCode.ServiceUnavailable]: 503,
};

const AWAY = 'The Octavia database is unavailable. Please try again.';
const SERVICE_AWAY = 'A service that Octavia needs is unavailable. Please try again.';
const UNKNOWN = 'Something unknown went wrong';
const BUSY = 'Project busy.  Unable to lock the project.  Please try again.';

/** The only place that turns an error into status, `faultcode` and `faultstring`. Never throws. */
export function toErrorResponse(error: unknown): ErrorResponse {
  if (error instanceof RouterFault) return routerFault(error);
  if (error instanceof OctaviaError) {
    const status = STATUS[error.code];
    if (status === 401) return unauthorized();
    return fault(status, error.message, error.code === ErrorCode.ProviderError);
  }
  if (error instanceof DriverFailure) return ofDriver(error);
  const code = codeOf(error);
  if (isDatabaseAway(error)) return fault(503, AWAY, true);
  if (LOCK_CONTENTION.has(code)) return fault(503, BUSY, true);
  if (UNIQUE_VIOLATION === code)
    return fault(409, 'Already an entity with that specified id.', false);
  if (REFUSED_BY_FASTIFY.has(code)) return refusedBeforeRouting(code);
  return fault(500, UNKNOWN, true);
}

/** A service behind us failed. Its words are for the log: tenants learn whether asking again may help. */
function ofDriver({ isRetryable }: DriverFailure): ErrorResponse {
  return isRetryable ? fault(503, SERVICE_AWAY, true) : fault(500, UNKNOWN, true);
}

const LOCK_CONTENTION = new Set(['40001', '40P01', '55P03', '57014']);
const UNIQUE_VIOLATION = '23505';
const REFUSED_BY_FASTIFY = new Set([
  'FST_ERR_CTP_BODY_TOO_LARGE',
  'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
  'FST_ERR_CTP_INVALID_MEDIA_TYPE',
  'FST_ERR_BAD_URL',
  'FST_ERR_MAX_PARAM_LENGTH',
]);

function refusedBeforeRouting(code: string): ErrorResponse {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge();
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH')
    return routerFault(new RouterFault(404, 'Not Found', null));
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return fault(415, 'Unknown mimetype: ', false);
  return fault(400, 'Request is not in valid JSON format', false);
}

/** The body is larger than the limit; said before anyone looks at the request. */
export function tooLarge(): ErrorResponse {
  return {
    status: 413,
    body: 'Request is too large. Larger than max_request_body_size (%s).',
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
    isUnexpected: false,
  };
}

function fault(status: number, text: string, isUnexpected: boolean): ErrorResponse {
  const faultcode = status < 500 ? 'Client' : 'Server';
  return {
    status,
    body: { faultcode, faultstring: text, debuginfo: null },
    headers: {},
    isUnexpected,
  };
}

function routerFault(error: RouterFault): ErrorResponse {
  return {
    status: error.status,
    body: { code: error.status, title: error.title, description: error.description },
    headers: error.allow === null ? {} : { allow: error.allow },
    isUnexpected: false,
  };
}

function unauthorized(): ErrorResponse {
  const message = 'The request you have made requires authentication.';
  return {
    status: 401,
    body: { error: { code: 401, title: 'Unauthorized', message } },
    headers: {},
    isUnexpected: false,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
