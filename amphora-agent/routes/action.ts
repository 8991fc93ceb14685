import type { Logger } from '#core/ports/logger.ts';
import type { Replacement } from '../apply/haproxy-reload.ts';
import type { ServingConfigs } from '../apply/haproxy-serving.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { LiveSettings } from '../config.ts';
import { refuse } from '../http-message.ts';
import type { UnitContext } from '../render/haproxy-unit.ts';
import type { ServiceManager } from '../service-manager.ts';
import type { LvsBalancing } from '../udp/balancing.ts';

/** What it takes to start, stop and reload what serves. */
export interface ActionContext {
  readonly unit: UnitContext;
  readonly services: ServiceManager;
  readonly balancing: LvsBalancing;
  readonly namespace: HaproxyNamespace;
  readonly settings: LiveSettings;
  readonly serving: ServingConfigs;
  readonly logger: Logger;
  /** Surrounds a reload, after which HAProxy has forgotten its counters; answers what `replace` does. */
  whileReplacing(loadBalancerId: string, replace: () => Promise<Replacement>): Promise<Replacement>;
  /** Statuses may be new: report them without waiting for the next heartbeat. */
  afterChange(loadBalancerId: string): void;
}

const ACTIONS = ['start', 'stop', 'reload'] as const;
export type Action = (typeof ACTIONS)[number];

/** The word in the path, in any case; refused before anyone looks whether there is something to act on. */
export function readAction(text: string): Action {
  const action = ACTIONS.find((each) => each === text.toLowerCase());
  if (action === undefined)
    throw refuse(400, 'Invalid Request', `Unknown action: ${text.toLowerCase()}`);
  return action;
}
