import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import {
  findOperation,
  listOperations,
  type Operation,
  requestCancel,
} from '#core/queue/operations.ts';
import { retryOperation } from '#core/queue/retry.ts';
import { Refused, type Wish } from './arguments.ts';
import { rowOf, type ShownOperation, shown } from './rows.ts';
import { tableOf } from './table.ts';

type Question = Exclude<Wish, { readonly kind: 'help' }>;

/** Does what was asked. @returns what to print */
export async function answer(database: Database, wish: Question, isJson: boolean): Promise<string> {
  switch (wish.kind) {
    case 'list': {
      const { loadBalancerId, isFailed } = wish;
      const which = isFailed ? 'failed' : 'live';
      const found = await listOperations(database, { which, loadBalancerId });
      return listed(found.map(shown), isJson);
    }
    case 'show':
      return described(shown(await existing(database, wish.flowId)), isJson);
    case 'cancel':
      await cancel(database, wish);
      return described(shown(await existing(database, wish.flowId)), isJson);
    case 'retry': {
      const operation = await existing(database, wish.flowId);
      const flowId = await transaction(database, (tx) => retryOperation(tx, operation));
      return described(shown(await existing(database, flowId)), isJson);
    }
  }
}

async function cancel(
  database: Database,
  { flowId, reason }: { readonly flowId: string; readonly reason: string },
): Promise<void> {
  if (await transaction(database, (tx) => requestCancel(tx, flowId, reason))) return;
  const { flow, state } = await existing(database, flowId);
  throw new Refused(`operation ${flowId} (${flow}) is ${state}; there is nothing to cancel`);
}

async function existing(database: Database, flowId: string): Promise<Operation> {
  const found = await findOperation(database, flowId);
  if (found === null) throw new Refused(`there is no operation ${flowId}; list shows the ids`);
  return found;
}

function listed(operations: readonly ShownOperation[], isJson: boolean): string {
  if (isJson) return `${JSON.stringify(operations, null, 2)}\n`;
  if (operations.length === 0) return 'none\n';
  const nowMs = Date.now();
  return `${tableOf(operations.map((operation) => rowOf(operation, nowMs))).join('\n')}\n`;
}

function described(operation: ShownOperation, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(operation, null, 2)}\n`;
  const steps = operation.steps.map(
    ({ name, isFailed, reason }) => `  ${name}${isFailed ? ` failed: ${reason}` : ''}`,
  );
  return `${[...tableOf([rowOf(operation, Date.now())]), 'steps that have ended:', ...steps].join('\n')}\n`;
}
