import { setTimeout as delay } from 'node:timers/promises';
import { DriverFailure } from '#core/domain/errors.ts';

/** What befalls a call. `times` calls fail and the next succeeds; absent: all fail. */
export type Fault =
  | { readonly kind: 'fail'; readonly retryable: boolean; readonly times?: number }
  /** Takes its time and then does what it should; once. */
  | { readonly kind: 'stall'; readonly durationMs: number }
  | { readonly kind: 'hang' };

interface Planned {
  readonly operation: string;
  /** The first call of the operation that is hit, from 1. */
  readonly from: number;
  readonly fault: Fault;
}

/** Makes drivers misbehave on purpose, and remembers what was asked of them. */
export class Faults {
  readonly #planned: Planned[] = [];
  readonly #counts = new Map<string, number>();

  /** @param operation `<driver>.<method>`, e.g. `compute.build` */
  plan(operation: string, fault: Fault, from = 1): void {
    this.#planned.push({ operation, from, fault });
  }

  callsOf(operation: string): number {
    return this.#counts.get(operation) ?? 0;
  }

  /** Every noop method passes here first. */
  async reach(operation: string): Promise<void> {
    const call = this.callsOf(operation) + 1;
    this.#counts.set(operation, call);
    const hit = this.#planned.find((plan) => plan.operation === operation && isHit(plan, call));
    if (hit === undefined) return;
    if (hit.fault.kind === 'hang') return new Promise(() => {});
    if (hit.fault.kind === 'stall') return delay(hit.fault.durationMs);
    throw new DriverFailure(`${operation}: call ${call} fails as planned`, {
      retryable: hit.fault.retryable,
    });
  }
}

function isHit(plan: Planned, call: number): boolean {
  if (call < plan.from) return false;
  if (plan.fault.kind === 'hang') return true;
  if (plan.fault.kind === 'stall') return call === plan.from;
  return plan.fault.times === undefined || call < plan.from + plan.fault.times;
}
