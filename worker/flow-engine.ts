import type { Registry } from 'prom-client';
import { queueOf } from '#core/queue/enqueue.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { Engine } from './engine/engine.ts';
import type { EngineQueue } from './engine/engine-options.ts';
import type { Flow, State } from './engine/flow.ts';
import { flowMetrics } from './engine/flow-metrics.ts';
import { registerHungCalls } from './engine/hung-calls.ts';
import { FLOWS } from './flows/all-flows.ts';
import { classify } from './steps/patience.ts';
import type { World } from './world.ts';

const POOL_SIZE_MAX = 10;
const FROZEN_AFTER_MS = 30_000;
const DEADLINE_MS = 3_600_000;

/** Input fields that are worth a place in every log line. */
const LOGGED: Readonly<Record<string, string>> = {
  loadBalancerId: 'load_balancer_id',
  listenerId: 'listener_id',
  poolId: 'pool_id',
  memberId: 'member_id',
  healthMonitorId: 'health_monitor_id',
  l7PolicyId: 'l7policy_id',
  l7RuleId: 'l7rule_id',
  amphoraId: 'amphora_id',
  requestId: 'request_id',
};

export interface FlowEngineOptions {
  readonly databaseUrl: string;
  readonly application: string;
  readonly queues: readonly EngineQueue[];
  readonly drainMs: number;
  readonly registry: Registry;
  readonly frozenAfterMs?: number;
  /** Milliseconds from its first step after which a flow is failed and undone; an hour when absent. */
  readonly deadlineMs?: number;
  /** All there are, unless a test alters them. */
  readonly flows?: readonly Flow<FlowName, World>[];
}

/** The engine with our flows in it. */
export function flowEngine(world: World, options: FlowEngineOptions): Engine<World> {
  const { databaseUrl, application, queues, drainMs, registry } = options;
  const { database, clock, hungCalls, logger } = world;
  registerHungCalls(registry, hungCalls);
  const names = queues.map((queue) => queue.name);
  return new Engine({
    databaseUrl,
    database,
    application,
    queues,
    drainMs,
    queueOf: (flow) => queueOf(flow as FlowName),
    poolSizeMax: POOL_SIZE_MAX,
    frozenAfterMs: options.frozenAfterMs ?? FROZEN_AFTER_MS,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    flows: options.flows ?? Object.values(FLOWS),
    worldOf: (flowLogger) => ({ ...world, logger: flowLogger }),
    logFieldsOf: (input, origin) => logged({ ...origin, ...input }),
    classify,
    metrics: flowMetrics(registry, database, application, names),
    hungCalls,
    clock,
    logger,
  });
}

function logged(state: State): Readonly<Record<string, unknown>> {
  const known = Object.entries(state).filter(([key]) => key in LOGGED);
  return Object.fromEntries(known.map(([key, value]) => [LOGGED[key] ?? key, value]));
}
