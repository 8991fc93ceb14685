import type { Host } from './host.ts';
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TIMEOUT_MS } from './pace.ts';
import { type Random, randomOf } from './random.ts';
import { type Network, SimulatedAmphora } from './simulated-amphora.ts';
import { SimulatedDatabase } from './simulated-database.ts';
import { type ManagerSettings, SimulatedManager } from './simulated-manager.ts';
import { type Appended, SimulatedRedis } from './simulated-redis.ts';
import type { Flow, LoadBalancer, Row } from './simulated-rows.ts';
import { StatisticsAudit } from './statistics-audit.ts';
import { Timeline } from './timeline.ts';
import { Witness } from './witness.ts';

const FLOW_FAILURE_RATE = 0.15;
const STATISTICS_INTERVAL_MS = 100;
const STILLBORN_RATE = 0.05;

/** A cloud in one process: managers, amphorae, what lies between them, and whoever works off the failovers. */
export class World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly redis: SimulatedRedis;
  readonly database: SimulatedDatabase;
  readonly settings: ManagerSettings;
  readonly managers: SimulatedManager[] = [];
  readonly audit = new StatisticsAudit();
  #isSilent = false;
  readonly #everyManager: SimulatedManager[] = [];
  readonly amphorae: SimulatedAmphora[] = [];
  readonly network: Network;
  readonly witness: Witness;
  readonly zones: readonly (string | null)[];

  constructor(seed: number) {
    const random = randomOf(seed);
    this.random = random;
    this.redis = new SimulatedRedis(this.timeline, random);
    this.settings = {
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
      breakerPercent: 50,
      breakerFloor: random.whole(4, 8),
      budget: random.whole(1, 5),
    };
    this.witness = new Witness(this);
    this.database = new SimulatedDatabase(this.timeline, random, {
      committed: (host, flow) => this.witness.committed(host, flow),
      queued: (flow) => this.#workOff(flow),
    });
    this.zones = random.pick([[null], ['a', 'b'], ['a', 'b', null]]);
    this.network = {
      lossRate: random.pick([0, 0.001, 0.01]),
      twinRate: random.pick([0, 0.05]),
      delayMsMax: random.pick([5, 300]),
      addresses: random.whole(1, 3),
      managerAt: (address) => {
        const manager = this.managers[address];
        return manager && !manager.host.isDead ? manager : null;
      },
      taken: (manager, view) => this.audit.taken(manager, view),
    };
    for (let address = 0; address < this.network.addresses; address++) this.startManager(address);
    const count = random.whole(4, 30);
    for (let index = 0; index < count; index++) this.addAmphora('ALLOCATED');
    this.witness.start();
    this.timeline.every(STATISTICS_INTERVAL_MS, () => this.redis.applyStatistics());
  }

  startManager(address: number): void {
    const { timeline, redis, database, settings, random, witness } = this;
    const manager = new SimulatedManager(timeline, {
      name: `manager-${address}-${timeline.nowMs}`,
      threads: random.whole(1, 2),
      redis,
      database,
      settings,
      events: {
        appended: (manager, batch) => this.#appended(manager, batch),
        logged: (message, fields) => witness.logged(message, fields),
      },
    });
    this.managers[address] = manager;
    this.#everyManager.push(manager);
    witness.disturbed(0);
  }

  addAmphora(status: 'ALLOCATED' | 'BOOTING', loadBalancer?: LoadBalancer): SimulatedAmphora {
    const { timeline, random, network, database } = this;
    const amphora = this.amphorae.length + 1;
    const row = database.insert({
      amphora,
      zone: random.pick(this.zones),
      status,
      loadBalancer: loadBalancer ?? { id: `lb-${amphora}`, status: 'ACTIVE', lockedBy: null },
    });
    const added = new SimulatedAmphora(timeline, random, network, row);
    added.isAlive = !this.#isSilent;
    this.amphorae.push(added);
    added.start(HEARTBEAT_INTERVAL_MS);
    return added;
  }

  amphoraOf(row: Row): SimulatedAmphora {
    const found = this.amphorae[row.amphora - 1];
    if (!found) throw new Error(`no amphora ${row.amphora}`);
    return found;
  }

  /** No amphora says anything any more, new ones neither. */
  silence(): void {
    this.#isSilent = true;
    for (const amphora of this.amphorae) amphora.isAlive = false;
  }

  /** What a worker does with a failover: retires the amphora, makes another, or fails. */
  #workOff(flow: Flow): void {
    const { timeline, random, database } = this;
    const { row } = flow;
    timeline.after(random.between(5, 200), () => {
      database.write(row, 'PENDING_DELETE');
      timeline.after(random.between(100, 2000), () => {
        if (random.chance(FLOW_FAILURE_RATE)) this.#fail(flow);
        else this.#replace(flow);
      });
    });
  }

  #fail(flow: Flow): void {
    this.database.write(flow.row, 'ERROR');
    flow.row.loadBalancer.status = 'ERROR';
    flow.state = 'failed';
  }

  #replace(flow: Flow): void {
    const { row } = flow;
    this.amphoraOf(row).isAlive = false;
    this.database.write(row, 'DELETED');
    const next = this.addAmphora('ALLOCATED', row.loadBalancer);
    if (this.random.chance(STILLBORN_RATE)) next.isAlive = false;
    row.loadBalancer.status = 'ACTIVE';
    flow.state = 'succeeded';
  }

  #appended(manager: SimulatedManager, batch: Appended): void {
    this.audit.appended(manager, batch);
    const appendedAtMs = this.timeline.nowMs;
    for (const [amphora, receivedAtMs] of batch.receivedAtMs)
      this.amphorae[amphora - 1]?.sightings.push({ receivedAtMs, appendedAtMs });
  }

  managerOn(host: Host): SimulatedManager {
    const found = this.#everyManager.find((manager) => manager.host === host);
    if (!found) throw new Error('a manager that nobody knows');
    return found;
  }
}
