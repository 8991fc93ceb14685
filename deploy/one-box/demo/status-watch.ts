import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';

interface Node {
  readonly id: string;
  readonly name?: string;
  readonly type?: string;
  readonly address?: string;
  readonly provisioning_status: string;
  readonly operating_status: string;
  readonly listeners?: readonly Node[];
  readonly pools?: readonly Node[];
  readonly members?: readonly Node[];
  readonly health_monitor?: Node;
}

/** A status that changed, of one object of the load balancer. */
export interface Transition {
  readonly atMs: number;
  readonly what: string;
  readonly before: string;
  readonly now: string;
}

const POLL_MS = 25;

/** Watches the status tree of a load balancer and tells every change in it. */
export class StatusWatch {
  readonly #api: ApiClient;
  readonly #loadBalancerId: string;
  readonly #onTransition: (transition: Transition) => void;
  readonly #known = new Map<string, string>();
  #isStopping = false;
  #loop: Promise<void> | undefined;

  constructor(
    api: ApiClient,
    loadBalancerId: string,
    onTransition: (transition: Transition) => void,
  ) {
    this.#api = api;
    this.#loadBalancerId = loadBalancerId;
    this.#onTransition = onTransition;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const path = `/v2.0/lbaas/loadbalancers/${this.#loadBalancerId}/status`;
      const answer = await this.#api.call('GET', path).catch(() => null);
      const tree = answer?.body['statuses'] as { loadbalancer: Node } | undefined;
      if (tree) this.#compare(statusesOf(tree.loadbalancer));
      await delay(POLL_MS);
    }
  }

  #compare(statuses: ReadonlyMap<string, string>): void {
    const atMs = performance.now();
    for (const [what, now] of statuses) {
      const before = this.#known.get(what) ?? 'nothing';
      if (before !== now) this.#onTransition({ atMs, what, before, now });
    }
    for (const [what, before] of this.#known) {
      if (!statuses.has(what)) this.#onTransition({ atMs, what, before, now: 'gone' });
    }
    this.#known.clear();
    for (const [what, now] of statuses) this.#known.set(what, now);
  }
}

/** A pool stands below its listener and below the load balancer: the map keeps it once. */
function statusesOf(root: Node): ReadonlyMap<string, string> {
  const statuses = new Map<string, string>();
  const note = (kind: string, node: Node): void => {
    const name = node.name || node.address || node.id.slice(0, 8);
    statuses.set(`${kind} ${name}`, `${node.provisioning_status}/${node.operating_status}`);
  };
  const notePool = (pool: Node): void => {
    note('pool', pool);
    if (pool.health_monitor?.id) note('health monitor', pool.health_monitor);
    for (const member of pool.members ?? []) note('member', member);
  };
  note('load balancer', root);
  for (const listener of root.listeners ?? []) {
    note('listener', listener);
    listener.pools?.forEach(notePool);
  }
  root.pools?.forEach(notePool);
  return statuses;
}
