import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { OperatingStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import { isObject, uuidOf } from './given.ts';
import { type ChildNoun, removeChild, removeLoadBalancer } from './removal.ts';

export interface StatusUpdateDeps {
  readonly database: Database;
  /** Gives back the VIP of a load balancer that is deleted. */
  readonly network: NetworkDriver;
  readonly logger: Logger;
}

export type StatusAnswer =
  | { readonly status_code: 200 }
  | {
      readonly status_code: 500;
      readonly fault_string: string;
      readonly status_object?: string;
      readonly status_object_id?: string;
    };

type Noun = ChildNoun | 'loadbalancers';

// Children first: a provider may report a whole cascade in one update.
const ORDER: readonly Noun[] = [
  'members',
  'healthmonitors',
  'pools',
  'l7rules',
  'l7policies',
  'listeners',
  'loadbalancers',
];

const TABLES: Readonly<Record<Noun, string>> = {
  members: 'member',
  healthmonitors: 'health_monitor',
  pools: 'pool',
  l7rules: 'l7_rule',
  l7policies: 'l7_policy',
  listeners: 'listener',
  loadbalancers: 'load_balancer',
};

interface StatusRecord {
  readonly id: string;
  readonly provisioningStatus: ProvisioningStatus | null;
  readonly operatingStatus: OperatingStatus | null;
}

/** What a provider sent and should not have; the message goes back to it. */
class BadStatus extends Error {}

/**
 * Writes the statuses that a provider reports, each in a transaction of its own. The first record that cannot be
 * written ends the update; those before it stay. Ids that do not exist are passed over: a provider may be late.
 */
export async function updateStatuses(
  deps: StatusUpdateDeps,
  update: unknown,
): Promise<StatusAnswer> {
  if (!isObject(update)) return refusal('a status update is an object of lists, by kind of object');
  for (const noun of ORDER) {
    const records = update[noun] ?? [];
    if (!Array.isArray(records)) return refusal(`${noun} must be a list`, noun);
    for (const record of records) {
      const fault = await updateOne(deps, noun, record);
      if (fault !== null) return fault;
    }
  }
  return { status_code: 200 };
}

async function updateOne(
  deps: StatusUpdateDeps,
  noun: Noun,
  given: unknown,
): Promise<StatusAnswer | null> {
  const id = isObject(given) && typeof given['id'] === 'string' ? given['id'] : undefined;
  try {
    const isKnown = await write(deps, noun, parseRecord(given));
    if (!isKnown) deps.logger.warn({ object: noun, id }, 'a provider reports on an unknown object');
    return null;
  } catch (error) {
    if (error instanceof BadStatus) return refusal(error.message, noun, id);
    deps.logger.error({ error, object: noun, id }, 'could not write a status');
    return refusal('the status could not be written; see the log of the driver agent', noun, id);
  }
}

function parseRecord(given: unknown): StatusRecord {
  if (!isObject(given)) throw new BadStatus('each record must be an object with an id');
  const { provisioning_status: provisioning, operating_status: operating } = given;
  const id = uuidOf(given['id']);
  if (id === null) throw new BadStatus('each record must have an id, which is a UUID');
  return {
    id,
    provisioningStatus: statusOf(ProvisioningStatus, 'provisioning_status', provisioning),
    operatingStatus: statusOf(OperatingStatus, 'operating_status', operating),
  };
}

function statusOf<Status extends string>(
  known: Readonly<Record<string, Status>>,
  field: string,
  given: unknown,
): Status | null {
  if (given === undefined || given === null || given === '') return null;
  const status = Object.values(known).find((candidate) => candidate === given);
  if (status !== undefined) return status;
  const options = Object.values(known).join(', ');
  throw new BadStatus(`${field} is ${JSON.stringify(given)}; it must be one of ${options}`);
}

async function write(
  { database, network }: StatusUpdateDeps,
  noun: Noun,
  record: StatusRecord,
): Promise<boolean> {
  const table = TABLES[noun];
  const { id, provisioningStatus, operatingStatus } = record;
  if (provisioningStatus === ProvisioningStatus.Deleted)
    return noun === 'loadbalancers'
      ? removeLoadBalancer(database, network, id, operatingStatus)
      : transaction(database, (tx) => removeChild(tx, noun, id));
  // A load balancer that is deleted stays so, whatever arrives late.
  return transaction(database, async (tx) => {
    const updated = await tx.query(
      `update ${table} set provisioning_status = coalesce($2, provisioning_status),
         operating_status = coalesce($3, operating_status),
         updated_at = date_trunc('second', clock_timestamp())
       where id = $1 and provisioning_status <> 'DELETED'`,
      [id, provisioningStatus, operatingStatus],
    );
    return updated.rowCount === 1;
  });
}

function refusal(fault: string, object?: string, id?: string): StatusAnswer {
  return {
    status_code: 500,
    fault_string: fault,
    ...(object === undefined ? {} : { status_object: object }),
    ...(id === undefined ? {} : { status_object_id: id }),
  };
}
