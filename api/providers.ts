import { isDatabaseAway } from '#core/db/pool.ts';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { ProviderCall, ProviderDriver } from '#core/ports/provider.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { inTime } from './in-time.ts';

/** The drivers users may choose: those the configuration enables, and of them those that could be loaded. */
export interface Providers {
  /** Name → description, as configured. */
  readonly enabled: Readonly<Record<string, string>>;
  readonly drivers: ReadonlyMap<string, ProviderDriver>;
  /** Milliseconds a driver may take for one call. */
  readonly callTimeoutMs: number;
}

/** A provider under the name by which it was chosen: errors show that name. */
export interface Provider {
  readonly name: string;
  readonly driver: ProviderDriver;
  readonly callTimeoutMs: number;
}

const PROVIDER_WHEN_NULL = 'amphora';

/** @throws OctaviaError when the name is not enabled, or no such driver was loaded */
export function providerNamed(providers: Providers, chosen: string | null): Provider {
  const name = chosen ?? PROVIDER_WHEN_NULL;
  if (!Object.hasOwn(providers.enabled, name))
    throw new OctaviaError(ErrorCode.ProviderDisabled, `Provider '${name}' is not enabled.`);
  const driver = providers.drivers.get(name);
  if (driver === undefined)
    throw new OctaviaError(ErrorCode.ProviderMissing, `Provider '${name}' was not found.`);
  return { name, driver, callTimeoutMs: providers.callTimeoutMs };
}

type Question =
  | 'getSupportedFlavorMetadata'
  | 'getSupportedAvailabilityZoneMetadata'
  | 'validateFlavor'
  | 'validateAvailabilityZone';
type Action = Exclude<keyof ProviderDriver, 'name' | 'createVipPort' | 'deleteVipPort' | Question>;

const DOING: Readonly<Record<Action | Question, string>> = {
  getSupportedFlavorMetadata: 'getting the supported flavor metadata',
  getSupportedAvailabilityZoneMetadata: 'getting the supported availability zone metadata',
  validateFlavor: 'validating flavors',
  validateAvailabilityZone: 'validating availability zones',
  loadBalancerCreate: 'creating load balancers',
  loadBalancerUpdate: 'updating load balancers',
  loadBalancerDelete: 'deleting load balancers',
  loadBalancerFailover: 'failing over load balancers',
  listenerCreate: 'creating listeners',
  listenerUpdate: 'updating listeners',
  listenerDelete: 'deleting listeners',
  poolCreate: 'creating pools',
  poolUpdate: 'updating pools',
  poolDelete: 'deleting pools',
  memberCreate: 'creating members',
  memberUpdate: 'updating members',
  memberDelete: 'deleting members',
  memberBatchUpdate: 'batch updating members',
  healthMonitorCreate: 'creating health monitors',
  healthMonitorUpdate: 'updating health monitors',
  healthMonitorDelete: 'deleting health monitors',
  l7PolicyCreate: 'creating l7policies',
  l7PolicyUpdate: 'updating l7policies',
  l7PolicyDelete: 'deleting l7policies',
  l7RuleCreate: 'creating l7rules',
  l7RuleUpdate: 'updating l7rules',
  l7RuleDelete: 'deleting l7rules',
};

type Arguments<Name extends Action> =
  Parameters<NonNullable<ProviderDriver[Name]>> extends [...infer Own, ProviderCall] ? Own : never;

/**
 * Hands work to a provider within the request's transaction. What the driver throws becomes the answer, and rolls
 * everything back; a driver that does not return in time is cut off from the transaction.
 */
export async function callProvider<Name extends Action>(
  provider: Provider,
  action: Name,
  call: ProviderCall,
  ...own: Arguments<Name>
): Promise<void> {
  const method = methodOf(provider, action);
  const revocable = revocableTransaction(call.tx);
  try {
    await within(provider, async () => method(...own, { ...call, tx: revocable.tx }));
  } catch (error) {
    throw providerFault(provider.name, error);
  } finally {
    revocable.revoke();
  }
}

type Answered<Name extends Question> = Awaited<ReturnType<NonNullable<ProviderDriver[Name]>>>;

/** Asks a provider what needs no transaction. @throws OctaviaError when it refuses, fails or cannot say */
export async function consultProvider<Name extends Question>(
  provider: Provider,
  question: Name,
  ...own: Parameters<NonNullable<ProviderDriver[Name]>>
): Promise<Answered<Name>> {
  const method = methodOf(provider, question);
  const answer: unknown = await askProvider(provider, async () => method(...own));
  return answer as Answered<Name>;
}

function methodOf(
  { name, driver }: Provider,
  action: Action | Question,
): (...parameters: unknown[]) => unknown {
  const method = driver[action] as ((...parameters: unknown[]) => unknown) | undefined;
  if (method === undefined)
    throw new OctaviaError(
      ErrorCode.ProviderUnsupportedAction,
      `Provider '${name}' does not support a requested action: This provider does not support ${DOING[action]}.`,
    );
  return (...parameters) => method.apply(driver, parameters);
}

/** Runs a driver's work outside any transaction, with the same bound and the same faults. */
export async function askProvider<Result>(
  provider: Provider,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await within(provider, work);
  } catch (error) {
    throw providerFault(provider.name, error);
  }
}

async function within<Result>(provider: Provider, begin: () => Promise<Result>): Promise<Result> {
  const { callTimeoutMs } = provider;
  return inTime(begin, callTimeoutMs, `the driver did not answer within ${callTimeoutMs} ms`);
}

/** A transaction that stops working once the call is over, so that a late driver cannot write into another's. */
function revocableTransaction(tx: Transaction): { readonly tx: Transaction; revoke(): void } {
  let isRevoked = false;
  const query: Transaction['query'] = async (text, values) => {
    if (isRevoked) throw new Error('the request that this transaction belonged to is over');
    return tx.query(text, values);
  };
  return {
    tx: { query } as Transaction,
    revoke: () => {
      isRevoked = true;
    },
  };
}

function providerFault(name: string, error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof OctaviaError) {
    const refusal = OF_DRIVER[error.code];
    return refusal
      ? new OctaviaError(error.code, refusal(name, text), { cause: error })
      : THE_CALLERS.has(error.code)
        ? error
        : reported(name, text, error);
  }
  // The driver wrote with our connection: trouble there is the database's, not the driver's. What a service behind our
  // own driver does while it is away is no word for tenants either.
  if (isDatabaseAway(error) || isSqlContention(error) || isServiceAway(error)) return error;
  return reported(name, text, error);
}

const OF_DRIVER: Readonly<Partial<Record<ErrorCode, (name: string, text: string) => string>>> = {
  [ErrorCode.ProviderUnsupportedOption]: (name, text) =>
    `Provider '${name}' does not support a requested option: ${text}`,
  [ErrorCode.ProviderUnsupportedAction]: (name, text) =>
    `Provider '${name}' does not support a requested action: ${text}`,
  [ErrorCode.Conflict]: (_, text) => `The VIP IP address is already in use: ${text}`,
};
const THE_CALLERS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.Immutable,
  ErrorCode.ServiceUnavailable,
]);

function reported(name: string, text: string, cause: unknown): OctaviaError {
  return new OctaviaError(ErrorCode.ProviderError, `Provider '${name}' reports error: ${text}`, {
    cause,
  });
}

function isServiceAway(error: unknown): boolean {
  return error instanceof DriverFailure && error.isRetryable;
}

function isSqlContention(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(40001|40P01|55P03)$/.test(String(error.code))
  );
}
