/**
 * The closed list of what a caller can be told. `api/error-response.ts` alone turns a code into a status and a fault text.
 * @see ../../docs/api/errors.md
 */
export const ErrorCode = {
  NotFound: 'not-found',
  Forbidden: 'forbidden',
  Unauthorized: 'unauthorized',
  InvalidInput: 'invalid-input',
  ValidationFailure: 'validation-failure',
  InvalidOption: 'invalid-option',
  OptionDisabled: 'option-disabled',
  Immutable: 'immutable',
  InvalidState: 'invalid-state',
  Conflict: 'conflict',
  QuotaMet: 'quota-met',
  ProviderDisabled: 'provider-disabled',
  ProviderMissing: 'provider-missing',
  ProviderUnsupportedAction: 'provider-unsupported-action',
  ProviderUnsupportedOption: 'provider-unsupported-option',
  ProviderError: 'provider-error',
  ServiceUnavailable: 'service-unavailable',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** A caller's mistake, or a refusal that the caller should read: `message` is the fault text, word for word. */
export class OctaviaError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OctaviaError';
    this.code = code;
  }
}

/**
 * A step or a driver failed. `retryable`: the same call may succeed later (a machine that does not answer yet);
 * otherwise never (a configuration that the checker refused).
 */
export class DriverFailure extends Error {
  readonly isRetryable: boolean;

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DriverFailure';
    this.isRetryable = options.retryable;
  }
}
