import type { World } from './world.ts';

/** What may go wrong in a world. Each says for how long. */
type Fault = (world: World) => void;

function someManager(world: World) {
  return world.random.pick(world.managers);
}

const redisHangs: Fault = ({ redis, random, witness }) => {
  const durationMs = random.between(100, 6000);
  redis.stall(durationMs);
  witness.disturbed(durationMs + 1500);
};

const redisCutOff: Fault = (world) => {
  const durationMs = world.random.between(500, 6000);
  const manager = someManager(world);
  world.redis.cutOff(manager.host, durationMs);
  world.witness.disturbed(durationMs + 1500);
};

const redisEmptied: Fault = ({ redis, witness }) => {
  redis.flush();
  witness.disturbed(0);
};

/** The client may notice by its connection, or not: a proxy may stand between. */
const redisReplaced: Fault = ({ redis, random, managers, witness }) => {
  redis.loseTail(random.whole(0, 30), random.between(-5000, 5000));
  if (random.chance(0.5)) for (const manager of managers) manager.redisLosses++;
  witness.disturbed(0);
};

const redisClockStepped: Fault = ({ redis, random, witness }) => {
  redis.stepClock(random.between(-20_000, 20_000));
  witness.disturbed(0);
};

const databaseHangs: Fault = ({ database, random, witness }) => {
  const durationMs = random.between(100, 6000);
  database.server.stall(durationMs);
  witness.disturbed(durationMs);
};

const databaseCutOff: Fault = (world) => {
  const durationMs = world.random.between(500, 6000);
  world.database.server.cutOff(someManager(world).host, durationMs);
  world.witness.disturbed(durationMs);
};

const managerPaused: Fault = (world) => {
  const durationMs = world.random.between(100, 8000);
  someManager(world).host.pause(durationMs);
  world.witness.disturbed(durationMs);
};

/** One is stopped just as it asks for a failover, and the amphora is heard again meanwhile. */
const managerPausedInVerdict: Fault = (world) => {
  const { random, amphorae, timeline, witness } = world;
  random.pick(amphorae).cutOffUntilMs = timeline.nowMs + 4200;
  for (const manager of world.managers) manager.pauseInVerdictMs = random.between(2000, 6000);
  timeline.after(6000, () => {
    for (const manager of world.managers) manager.pauseInVerdictMs = 0;
  });
  witness.disturbed(12_000);
};

const managerKilled: Fault = (world) => {
  const address = world.random.whole(0, world.managers.length - 1);
  const downMs = world.random.between(200, 5000);
  world.managers[address]?.host.kill();
  world.witness.disturbed(downMs);
  world.timeline.after(downMs, () => world.startManager(address));
};

const hostClockStepped: Fault = (world) => {
  someManager(world).host.stepWallClock(world.random.between(-86_400_000, 86_400_000));
};

const kernelDrops: Fault = (world) => {
  someManager(world).dropDatagrams();
  world.witness.disturbed(0);
};

/** Some, or all, or one zone, are not heard for a while, and are alive. */
const networkSplit: Fault = (world) => {
  const { random, amphorae, timeline, witness, zones } = world;
  const durationMs = random.between(500, 9000);
  const zone = random.pick([undefined, ...zones]);
  const share = random.pick([0.2, 0.6, 1]);
  const cut = amphorae.filter(
    ({ row }) => (zone === undefined || row.zone === zone) && random.chance(share),
  );
  for (const amphora of cut) amphora.cutOffUntilMs = timeline.nowMs + durationMs;
  witness.disturbed(durationMs);
};

export const FAULTS: readonly Fault[] = [
  redisHangs,
  redisCutOff,
  redisEmptied,
  redisReplaced,
  redisClockStepped,
  databaseHangs,
  databaseCutOff,
  managerPaused,
  managerPausedInVerdict,
  managerKilled,
  hostClockStepped,
  kernelDrops,
  networkSplit,
];

/** What happens every day, and what operators and tenants do. */
export const EVENTS: readonly Fault[] = [
  function amphoraDies({ random, amphorae }) {
    random.pick(amphorae).isAlive = false;
  },
  function manyDie({ random, amphorae }) {
    for (const amphora of amphorae) if (random.chance(0.3)) amphora.isAlive = false;
  },
  function loadBalancerCreated(world) {
    const amphora = world.addAmphora('BOOTING');
    if (world.random.chance(0.2)) amphora.isAlive = false;
    world.timeline.after(world.random.between(0, 2000), () =>
      world.database.write(amphora.row, 'ALLOCATED'),
    );
  },
  function loadBalancerDeleted({ random, amphorae, database, timeline }) {
    const { row } = random.pick(amphorae);
    if (row.loadBalancer.status !== 'ACTIVE' || row.loadBalancer.lockedBy) return;
    row.loadBalancer.status = 'PENDING_DELETE';
    timeline.after(random.between(10, 1000), () => {
      row.loadBalancer.status = 'DELETED';
      database.write(row, 'DELETED');
    });
  },
  function loadBalancerBusy({ random, amphorae, timeline }) {
    const { loadBalancer } = random.pick(amphorae).row;
    if (loadBalancer.status !== 'ACTIVE' || loadBalancer.lockedBy) return;
    loadBalancer.status = 'PENDING_UPDATE';
    timeline.after(random.between(50, 3000), () => {
      loadBalancer.status = 'ACTIVE';
    });
  },
  function failoverByApi({ random, amphorae, database }) {
    const { row } = random.pick(amphorae);
    if (row.status === 'ALLOCATED') database.requestByApi(row);
  },
];
