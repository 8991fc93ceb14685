import type { Queryable } from '#core/ports/transaction.ts';

/** `elsewhere`: another process was running it. */
export type Outcome = 'done' | 'failed' | 'elsewhere';

/** How many of what a task dealt with, by what became of it: `{ removed: 3, failed: 0 }`. */
export type Counts = Readonly<Record<string, number>>;

export interface TaskRun {
  readonly task: string;
  readonly outcome: Outcome;
  readonly counts: Counts;
  readonly error: string | null;
  readonly tookMs: number;
}

const ERROR_LENGTH_MAX = 2000;

/** Keeps the last run of each task, and when it last went well. */
export async function noteRun(
  db: Queryable,
  { task, outcome, counts, error, tookMs }: TaskRun,
): Promise<void> {
  await db.query(
    `insert into housekeeping_task (task, outcome, counts, error, took_ms, ended_at, done_at)
     values ($1, $2, $3::jsonb, $4, $5, now(), case $2 when 'done' then now() end)
     on conflict (task) do update set outcome = excluded.outcome, counts = excluded.counts, error = excluded.error,
       took_ms = excluded.took_ms, ended_at = excluded.ended_at,
       done_at = coalesce(excluded.done_at, housekeeping_task.done_at)`,
    [
      task,
      outcome,
      JSON.stringify(counts),
      error?.slice(0, ERROR_LENGTH_MAX) ?? null,
      Math.round(tookMs),
    ],
  );
}
