import { memoryOf } from '../testbed/process-cost.ts';
import { quiet } from '../testbed/quiet.ts';
import { costOf, idleOf, told } from './cost.ts';
import {
  type FleetRunOptions,
  NO_VERDICTS,
  USUAL_CHANGED_PERCENT,
  withFleet,
} from './fleet-run.ts';
import type { Cost, WireResult } from './results.ts';

export interface WireRunOptions extends FleetRunOptions {
  /** A second, at which cost is measured: the same for every fleet, so that costs can be compared. */
  readonly fixedRate: number;
  readonly searchGuess: number;
}

export const FIRST_ROUND_RATE = 30_000;
const SETTLE_MS_MAX = 60_000;
const COST_SECONDS = 4;

/** One fleet on one wire: first round, cost at the fixed rate, highest rate. */
export async function runWire(options: WireRunOptions): Promise<WireResult> {
  const { fleet, wire, fixedRate, progress } = options;
  return withFleet(options, NO_VERDICTS, async ({ volleys, observed, daemon }) => {
    const first = await costOf(volleys, observed, {
      packets: fleet,
      rate: FIRST_ROUND_RATE,
      changedPercent: USUAL_CHANGED_PERCENT,
    });
    const settledMs = await quiet(observed, SETTLE_MS_MAX);
    progress(`first round: ${told(first)}; in the database ${settledMs?.toFixed(0)} ms later`);
    const idle = await idleOf(observed);
    const costs: Cost[] = [];
    for (const changedPercent of [USUAL_CHANGED_PERCENT, 100]) {
      const packets = fixedRate * COST_SECONDS;
      const cost = await costOf(volleys, observed, { packets, rate: fixedRate, changedPercent });
      progress(`${changedPercent} % changed at ${fixedRate}/s: ${told(cost)}`);
      costs.push(cost);
      await quiet(observed, SETTLE_MS_MAX);
    }
    const { held, isSenderLimited } = await volleys.search(
      options.searchGuess,
      USUAL_CHANGED_PERCENT,
      progress,
    );
    const ratePerSecond = held?.rate ?? null;
    const memory = memoryOf(daemon.pid);
    return {
      wire,
      fleet,
      first,
      settledMs,
      costs,
      idle,
      ratePerSecond,
      isSenderLimited,
      ...memory,
    };
  });
}
