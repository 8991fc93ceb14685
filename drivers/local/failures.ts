import { type Database, isDatabaseAway } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { Transaction } from '#core/ports/transaction.ts';

const UNIQUE_VIOLATION = '23505';
const OUT_OF_SUBNET = '22003';
const NOT_AN_ADDRESS = '22P02';
const NONE_LEFT = '54000';
const NOT_FOUND = ['P0002', '23503'];
const NO_TABLES = ['42P01', '3F000'];

/**
 * One transaction on the cloud's tables.
 * @throws OctaviaError for a refusal that a user should read, DriverFailure for one that only we can cause, and a
 * retryable DriverFailure while the database is away
 */
export async function change<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return named(() => transaction(database, work));
}

/** Runs a look-up, and names its failures as `change` does. */
export async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw nameOf(error);
  }
}

function nameOf(cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (isDatabaseAway(cause))
    return new DriverFailure(`the one-box cloud cannot reach its database: ${message}`, {
      retryable: true,
      cause,
    });
  if (NO_TABLES.includes(code))
    return new DriverFailure(
      'the one-box cloud was never started on this database; start it first',
      {
        retryable: true,
        cause,
      },
    );
  if (code === UNIQUE_VIOLATION)
    return new OctaviaError(ErrorCode.Conflict, `${takenAddress(cause)} is in use already.`, {
      cause,
    });
  if (code === NONE_LEFT) return new OctaviaError(ErrorCode.Conflict, `${message}.`, { cause });
  if (code === OUT_OF_SUBNET || code === NOT_AN_ADDRESS)
    return new OctaviaError(ErrorCode.ValidationFailure, `${message}.`, { cause });
  if (NOT_FOUND.includes(code)) return new DriverFailure(message, { retryable: false, cause });
  return cause;
}

/** From PostgreSQL's detail: `Key (subnet_id, ip_address)=(…, 10.0.0.1) already exists.` */
function takenAddress(error: unknown): string {
  const detail = error instanceof Error && 'detail' in error ? String(error.detail) : '';
  const [, subnet, address] = /=\(([^,]+), ([^)]+)\)/.exec(detail) ?? [];
  return address === undefined ? 'The address' : `IP address ${address} in subnet ${subnet}`;
}
