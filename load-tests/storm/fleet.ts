import { setTimeout as delay } from 'node:timers/promises';
import { killAmphora } from '#drivers/local/local-cloud.ts';
import type { ApiLoadBalancer } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { TenantServer } from '../../deploy/one-box/demo/tenant-server.ts';
import { visit } from '../../deploy/one-box/demo/traffic.ts';
import { inTurns } from './in-turns.ts';

const LOOK_INTERVAL_MS = 250;
const VISIT_TIMEOUT_MS = 2000;
/** Visits, kills and deletions under way at a time. */
const AT_ONCE = 20;

interface Made {
  readonly id: string;
  readonly url: string;
}

/** An amphora that was killed, and whose it was. */
export interface Victim {
  readonly loadBalancerId: string;
  readonly amphoraId: string;
}

interface Served extends Victim {
  readonly provisioningStatus: string;
}

/** The load balancers of the storm, each in front of the same two web servers. */
export class Fleet {
  readonly #scene: Scene;
  readonly #servers: readonly TenantServer[];
  #made: readonly Made[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#servers = ['storm-1', 'storm-2'].map(
      (name) => new TenantServer(scene.options, scene.network.name, name),
    );
  }

  async open(): Promise<void> {
    for (const server of this.#servers) await server.start();
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server.remove();
  }

  /** All requests at once. */
  async create(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    this.#made = await Promise.all(numbers.map((number) => this.#createOne(`storm-${number}`)));
  }

  /** @returns the ids of those that are not, when the time is over */
  async untilActive(seconds: number): Promise<readonly string[]> {
    return untilNone(seconds, async () => {
      const served = await this.#served();
      const active = served.filter(({ provisioningStatus }) => provisioningStatus === 'ACTIVE');
      const ids = new Set(active.map(({ loadBalancerId }) => loadBalancerId));
      return this.#made.map(({ id }) => id).filter((id) => !ids.has(id));
    });
  }

  /** @returns the ids of those whose VIP nobody answers at, when the time is over */
  async untilServing(seconds: number): Promise<readonly string[]> {
    return untilSilentAreNone(seconds, this.#made);
  }

  /** Kills that many amphorae, one each of as many load balancers, as a power failure does. */
  async kill(count: number): Promise<readonly Victim[]> {
    const victims = firstOfEach(await this.#served()).slice(0, count);
    await inTurns(victims, AT_ONCE, ({ amphoraId }) => killAmphora(this.#scene.options, amphoraId));
    return victims;
  }

  /** @returns the ids of those that are not healed when the time is over, and how many failovers there were at one time */
  async untilHealed(
    victims: readonly Victim[],
    seconds: number,
  ): Promise<{ readonly sick: readonly string[]; readonly failoversMost: number }> {
    const dead = new Set(victims.map(({ amphoraId }) => amphoraId));
    const ids = victims.map(({ loadBalancerId }) => loadBalancerId);
    let failoversMost = 0;
    const deadlineMs = performance.now() + seconds * 1000;
    const notReplaced = await untilNone(seconds, async () => {
      failoversMost = Math.max(failoversMost, await this.#failovers());
      const healed = (await this.#served()).filter(
        ({ amphoraId, provisioningStatus }) =>
          provisioningStatus === 'ACTIVE' && !dead.has(amphoraId),
      );
      const well = new Set(healed.map(({ loadBalancerId }) => loadBalancerId));
      return ids.filter((id) => !well.has(id));
    });
    if (notReplaced.length > 0) return { sick: notReplaced, failoversMost };
    const left = Math.max(1, (deadlineMs - performance.now()) / 1000);
    const theirs = this.#made.filter(({ id }) => ids.includes(id));
    return { sick: await untilSilentAreNone(left, theirs), failoversMost };
  }

  /** Amphorae that were replaced though nobody had killed one of their load balancer's. */
  async replacedBeside(victims: readonly Victim[]): Promise<readonly string[]> {
    const found = await this.#scene.database.query<{ id: string }>(
      `select id from amphora where load_balancer_id = any($1) and status <> 'ALLOCATED' and not load_balancer_id = any($2)`,
      [this.#made.map(({ id }) => id), victims.map(({ loadBalancerId }) => loadBalancerId)],
    );
    return found.rows.map(({ id }) => id);
  }

  /** @returns the ids of those that are left when the time is over */
  async deleteAll(seconds: number): Promise<{ readonly left: readonly string[] }> {
    const deadlineMs = performance.now() + seconds * 1000;
    await inTurns(this.#made, AT_ONCE, ({ id }) => this.#askToDelete(id, deadlineMs));
    const left = await untilNone(Math.max(1, (deadlineMs - performance.now()) / 1000), async () => {
      const found = await this.#scene.database.query<{ id: string }>(
        `select id from load_balancer where id = any($1) and provisioning_status <> 'DELETED'`,
        [this.#made.map(({ id }) => id)],
      );
      return found.rows.map(({ id }) => id);
    });
    return { left };
  }

  async #createOne(name: string): Promise<Made> {
    const { api, network } = this.#scene;
    const members = this.#servers.map(({ address, port }) => ({ address, protocol_port: port }));
    const pool = { name, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members };
    const listener = { name, protocol: 'HTTP', protocol_port: 80, default_pool: pool };
    const { loadbalancer } = await api.lbaas<{ readonly loadbalancer: ApiLoadBalancer }>(
      'POST',
      'loadbalancers',
      { loadbalancer: { name, vip_subnet_id: network.subnetId, listeners: [listener] } },
    );
    return { id: loadbalancer.id, url: `http://${loadbalancer.vip_address}/` };
  }

  /** One that is under way takes no deletion yet. */
  async #askToDelete(id: string, deadlineMs: number): Promise<void> {
    while (performance.now() < deadlineMs) {
      const path = `/v2.0/lbaas/loadbalancers/${id}?cascade=true`;
      const { status } = await this.#scene.api.call('DELETE', path);
      if (status === 204 || status === 404) return;
      await delay(LOOK_INTERVAL_MS);
    }
  }

  /** A row an amphora in service, with the status of its load balancer. */
  async #served(): Promise<readonly Served[]> {
    const found = await this.#scene.database.query<Served>(
      `select l.id as "loadBalancerId", l.provisioning_status as "provisioningStatus", a.id as "amphoraId"
       from load_balancer l join amphora a on a.load_balancer_id = l.id and a.status = 'ALLOCATED'
       where l.id = any($1) order by l.id, a.id`,
      [this.#made.map(({ id }) => id)],
    );
    return found.rows;
  }

  async #failovers(): Promise<number> {
    const found = await this.#scene.database.query(
      `select from dbos.workflow_status
       where name in ('amphora-failover', 'load-balancer-failover') and status in ('ENQUEUED', 'PENDING')`,
    );
    return found.rowCount ?? 0;
  }
}

function firstOfEach(served: readonly Served[]): readonly Victim[] {
  return [...Map.groupBy(served, ({ loadBalancerId }) => loadBalancerId).values()].flatMap(
    ([first]) => (first ? [first] : []),
  );
}

async function untilSilentAreNone(
  seconds: number,
  fleet: readonly Made[],
): Promise<readonly string[]> {
  let silent = fleet;
  return untilNone(seconds, async () => {
    const visits = await inTurns(silent, AT_ONCE, async (one) => ({
      one,
      isServing: (await visit(one.url, VISIT_TIMEOUT_MS)).answer !== null,
    }));
    silent = visits.filter(({ isServing }) => !isServing).map(({ one }) => one);
    return silent.map(({ id }) => id);
  });
}

/** Looks again and again until nothing is found. @returns what still is when the time is over */
async function untilNone(
  seconds: number,
  look: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const deadlineMs = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found.length === 0 || performance.now() > deadlineMs) return found;
    await delay(LOOK_INTERVAL_MS);
  }
}
