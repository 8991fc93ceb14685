import type { Operation } from '#core/queue/operations.ts';
import { stepUnderWay } from '../../worker/engine/step-under-way.ts';
import { FLOWS } from '../../worker/flows/all-flows.ts';

/** An operation as it is shown: with the step it is at, and why it is there or ended there. */
export interface ShownOperation extends Operation {
  /** Null: it waits, or has ended. */
  readonly step: string | null;
  /** Since when it is at that step, or in that state. */
  readonly sinceMs: number;
  readonly error: string | null;
}

export function shown(operation: Operation): ShownOperation {
  const { flow, state, steps, startedMs, enqueuedMs, endedMs } = operation;
  // A flow that a newer release enqueued is not known here.
  const known = FLOWS[flow] as (typeof FLOWS)[keyof typeof FLOWS] | undefined;
  const step = state === 'running' ? stepUnderWay(known?.steps ?? [], steps) : null;
  const lastEndedMs = steps.at(-1)?.endedMs ?? 0;
  const sinceMs = endedMs ?? Math.max(lastEndedMs, startedMs ?? enqueuedMs);
  return { ...operation, step, sinceMs, error: errorOf(operation, step) };
}

/** Why it failed; of one under way why its step is being tried again. */
function errorOf({ steps, retriedStep, lastError }: Operation, step: string | null): string | null {
  const failed = steps.find((each) => each.isFailed);
  if (failed) return `${failed.name}: ${failed.reason}`;
  return step !== null && retriedStep === step ? lastError : null;
}

/** What the table shows of it: column → text. */
export function rowOf(operation: ShownOperation, nowMs: number): Readonly<Record<string, string>> {
  const { flowId, flow, state, input, step, sinceMs, owner, attempts, error } = operation;
  return {
    flow: flowId,
    operation: flow,
    'load balancer': String(input['loadBalancerId'] ?? input['amphoraId'] ?? ''),
    state: operation.cancelReason === null || state !== 'running' ? state : 'cancelling',
    step: step ?? '',
    since: durationOf(nowMs - sinceMs),
    owner: state === 'running' ? (owner ?? '') : '',
    attempts: String(attempts),
    error: error ?? '',
  };
}

function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
