import type { Wire } from '#core/heartbeat/datagram.ts';
import { measureReceivers, type ReceiverResult } from './receivers/measure.ts';
import type { ReceiverKind } from './receivers/options.ts';
import { receiverRow } from './receivers/row.ts';
import { thisMachine } from './testbed/machine.ts';
import { table } from './testbed/table.ts';

export interface ReceiveBenchOptions {
  readonly wires: readonly Wire[];
  readonly progress: (text: string) => void;
}

const WAYS: readonly (readonly [kind: ReceiverKind, threads: number])[] = [
  ['count', 1],
  ['count', 2],
  ['read', 1],
  ['read', 2],
  ['hand-over', 1],
  ['hand-over', 2],
];
const FIXED_RATE: Readonly<Record<Wire, number>> = { native: 40_000, octavia: 20_000 };
const GUESS: Readonly<Record<Wire, number>> = { native: 140_000, octavia: 70_000 };

/** Ways to take heartbeats in and read them, Redis and everything behind left out: docs/decisions/0004. */
export async function benchReceive({ wires, progress }: ReceiveBenchOptions): Promise<void> {
  const { cores, cpu, loadBefore } = thisMachine();
  const results: ReceiverResult[] = [];
  for (const wire of wires)
    for (const [kind, threads] of WAYS) {
      const rates = { fixedRate: FIXED_RATE[wire], searchGuess: GUESS[wire] };
      const said = (text: string): void => progress(`${wire}, ${kind} × ${threads}: ${text}`);
      results.push(await measureReceivers({ kind, wire, threads, ...rates, progress: said }));
    }
  process.stdout.write(`${cores} × ${cpu}, load before: ${loadBefore.toFixed(2)}\n\n`);
  process.stdout.write(`${table(results.map(receiverRow)).join('\n')}\n`);
}
