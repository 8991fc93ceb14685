import fc from 'fast-check';
import { CLIENTS } from './client.ts';
import { type Command, type Draw, NOBODY } from './command.ts';
import { changeQuota, createFlavor, deleteFlavor } from './commands/administration.ts';
import { createMonitor, deleteMonitor, updateMonitor } from './commands/health-monitors.ts';
import {
  createPolicy,
  createRule,
  deletePolicy,
  deleteRule,
  updatePolicy,
  updateRule,
} from './commands/l7.ts';
import { createListener, deleteListener, updateListener } from './commands/listeners.ts';
import {
  createLoadBalancer,
  createWholeLoadBalancer,
  deleteLoadBalancer,
  failOverLoadBalancer,
  updateLoadBalancer,
} from './commands/load-balancers.ts';
import { batchMembers, createMember, deleteMember, updateMember } from './commands/members.ts';
import { createPool, createPoolOfListener, deletePool, updatePool } from './commands/pools.ts';
import { finish } from './commands/provider.ts';
import type { State } from './state.ts';

/** What is drawn for one command, before it is known what there is to choose from. */
export interface Step {
  readonly does: keyof typeof COMMANDS;
  readonly by: number;
  readonly a: number;
  readonly b: number;
  /** How long it waits while others of its round begin. */
  readonly afterMs: number;
}

/** All that happens at the same time. */
export type Round = readonly Step[];

/** How often each is drawn, and how it becomes a command. */
const COMMANDS = {
  finish: [36, finish],
  createLoadBalancer: [1, createLoadBalancer],
  createWholeLoadBalancer: [2, createWholeLoadBalancer],
  updateLoadBalancer: [3, updateLoadBalancer],
  failOverLoadBalancer: [1, failOverLoadBalancer],
  deleteLoadBalancer: [2, deleteLoadBalancer],
  createListener: [5, createListener],
  updateListener: [4, updateListener],
  deleteListener: [3, deleteListener],
  createPool: [3, createPool],
  createPoolOfListener: [3, createPoolOfListener],
  updatePool: [2, updatePool],
  deletePool: [3, deletePool],
  createMember: [4, createMember],
  updateMember: [2, updateMember],
  deleteMember: [2, deleteMember],
  batchMembers: [4, batchMembers],
  createMonitor: [4, createMonitor],
  updateMonitor: [2, updateMonitor],
  deleteMonitor: [3, deleteMonitor],
  createPolicy: [7, createPolicy],
  updatePolicy: [3, updatePolicy],
  deletePolicy: [3, deletePolicy],
  createRule: [6, createRule],
  updateRule: [2, updateRule],
  deleteRule: [2, deleteRule],
  changeQuota: [1, changeQuota],
  createFlavor: [1, createFlavor],
  deleteFlavor: [1, deleteFlavor],
} as const satisfies Record<string, readonly [number, (draw: Draw, profile: string) => Command]>;

const NAMES = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];

/** Those who may, more often than those who may not. */
const MOSTLY_ANN_AND_BEN = [0, 0, 0, 0, 1, 1, 1, 3, 3, 2, 4];

/** How every run begins, since most commands need something to work on. */
export const PRELUDE: readonly Round[] = [
  [{ does: 'createWholeLoadBalancer', by: 0, a: 0, b: 0, afterMs: 0 }],
  [{ does: 'finish', by: 0, a: 0, b: 0, afterMs: 0 }],
];

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.oneof(
    ...NAMES.map((name) => ({ weight: COMMANDS[name][0], arbitrary: fc.constant(name) })),
  ),
  by: fc.constantFrom(...MOSTLY_ANN_AND_BEN),
  a: fc.nat({ max: NOBODY }),
  b: fc.nat({ max: NOBODY }),
  afterMs: fc.nat({ max: 4 }),
});

/** At most four at once: every order of them is tried. */
export const rounds: fc.Arbitrary<readonly Round[]> = fc.array(
  fc.array(step, { minLength: 1, maxLength: 4 }),
  { minLength: 1, maxLength: 24, size: 'max' },
);

/** @param serial different for each step of a run */
export function commandOf(step: Step, state: State, serial: number, profile: string): Command {
  const [, make] = COMMANDS[step.does];
  // Administration is for the operator, mostly.
  const isForRoot = step.does.endsWith('Flavor') || step.does === 'changeQuota';
  const client = (isForRoot && step.by < 3 ? CLIENTS[ROOT] : CLIENTS[step.by]) ?? CLIENTS[0];
  if (client === undefined) throw new Error('there are no clients');
  return make({ client, state, a: step.a, b: step.b, mark: `v${serial}` }, profile);
}

const ROOT = CLIENTS.findIndex(({ role }) => role === 'admin');
