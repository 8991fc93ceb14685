import { maskSecrets } from './secrets.ts';

const CAUSES_MAX = 8;
// ioredis keeps the whole command on its errors, the password of AUTH included.
const LEFT_OUT = new Set(['command']);

/** An error as a log line has it: type, message, stack, its own fields, and the same of its causes; without secrets. */
export function describeError(error: unknown): unknown {
  return maskSecrets(describe(error, 0));
}

function describe(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return error;
  if (depth === CAUSES_MAX) return '…';
  const own = Object.entries(error).filter(([name]) => !LEFT_OUT.has(name));
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(own.map(([name, value]) => [name, describe(value, depth + 1)])),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause, depth + 1) }),
    ...(error instanceof AggregateError
      ? { errors: error.errors.map((one) => describe(one, depth + 1)) }
      : {}),
  };
}
