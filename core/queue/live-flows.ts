import type { Queryable } from '../ports/transaction.ts';
import { ENGINE_APPLICATION } from './enqueue.ts';
import type { FlowName } from './flows.ts';

const UNDEFINED_TABLE = '42P01';

/** Flows of that name that wait or run, all workers' together. */
export async function countLive(db: Queryable, flow: FlowName): Promise<number> {
  const counted = await unlessThereIsNoEngine(
    db.query<{ count: number }>(
      `select count(*)::int as count from dbos.workflow_status
       where name = $1 and status in ('ENQUEUED', 'PENDING', 'DELAYED') and application_name = $2`,
      [flow, ENGINE_APPLICATION],
    ),
  );
  return counted?.rows[0]?.count ?? 0;
}

/** The engine's tables come with the first worker; before that there is no flow. */
export async function unlessThereIsNoEngine<Result>(
  asked: Promise<Result>,
): Promise<Result | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return null;
    throw error;
  }
}
