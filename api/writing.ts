import { holdQuota, reserveQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import type { QuotaNoun } from '#core/domain/quota.ts';
import { OperatingStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { ProviderCall } from '#core/ports/provider.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { invalidOption } from './faults.ts';
import type { ApiRequest } from './http/request.ts';

/** What a request writes, it writes in one transaction: the objects, the statuses, and the provider's own work. */
export async function write<Result>(
  request: ApiRequest,
  work: (tx: Transaction, call: ProviderCall) => Promise<Result>,
): Promise<Result> {
  return transaction(request.context.database, (tx) =>
    work(tx, { tx, requestId: request.requestId }),
  );
}

/** See `reserveQuota`. @throws OctaviaError `quota-met`; never where quotas are not enforced */
export async function reserve(
  request: ApiRequest,
  tx: Transaction,
  projectId: string,
  noun: QuotaNoun,
  count = 1,
  growth = count,
): Promise<void> {
  if (!request.context.auth.isQuotaEnforced) return;
  await reserveQuota(tx, projectId, noun, count, request.context.config.quotas, growth);
}

/**
 * For who reserves only after locking a load balancer, since before it is not clear how much: all take the quota
 * first, or two would wait for each other.
 */
export async function holdQuotaFirst(
  request: ApiRequest,
  tx: Transaction,
  projectId: string,
): Promise<void> {
  if (request.context.auth.isQuotaEnforced) await holdQuota(tx, projectId);
}

/** How an object begins: the provider makes it ACTIVE, the data plane ONLINE. */
export const NEWBORN = {
  provisioningStatus: ProvisioningStatus.PendingCreate,
  operatingStatus: OperatingStatus.Offline,
} as const;

const UNIQUE_VIOLATION = '23505';

/** Writes what must be unique. @throws `taken` when it is not */
export async function uniquely<Result>(writing: Promise<Result>, taken: Error): Promise<Result> {
  try {
    return await writing;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) throw taken;
    throw error;
  }
}

/** Null passes the shape of a mandatory attribute, and is refused here. @throws OctaviaError `invalid-option` */
export function given<Value>(value: Value | null | undefined, field: string): Value {
  if (value === null || value === undefined) throw invalidOption('None', field);
  return value;
}

/** Drops what was not sent, so that an update holds only what it changes. */
export function onlySent<Changes extends object>(
  changes: {
    readonly [Key in keyof Changes]: Changes[Key] | undefined;
  },
): Partial<Changes> {
  return Object.fromEntries(
    Object.entries(changes).filter(([, value]) => value !== undefined),
  ) as Partial<Changes>;
}

/** What was sent, with null meaning the default; absent stays absent. */
export function orWhenNull<Value, Default>(
  sent: Value | null | undefined,
  fallback: Default,
): Value | Default | undefined {
  return sent === null ? fallback : sent;
}
