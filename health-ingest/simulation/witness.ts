import type { Host } from './host.ts';
import { HEARTBEAT_TIMEOUT_MS } from './pace.ts';
import type { SimulatedAmphora } from './simulated-amphora.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { SimulatedManager } from './simulated-manager.ts';
import type { Flow, Row } from './simulated-rows.ts';
import type { Timeline } from './timeline.ts';

const WATCH_INTERVAL_MS = 250;
/** A dead amphora must be failed over so long after its timeout at the latest. */
const DETECTION_MS_MAX = 1000;
/** What a manager may overlook at most between the look that a verdict rests on and its last word. */
const OUT_OF_DATE_MS = 1000;
/** What is new to the directory is read once a second; a load balancer that was busy is tried again as often. */
const SECOND_LOOK_MS = 1300;
/** After any trouble everybody must have been well for a timeout; what follows has to be noticed first. */
const GRACE_MS = HEARTBEAT_TIMEOUT_MS + 2500;

/** What a witness sees of a world. */
export interface Stage {
  readonly timeline: Timeline;
  readonly database: SimulatedDatabase;
  readonly managers: readonly SimulatedManager[];
  readonly amphorae: readonly SimulatedAmphora[];
  readonly settings: { readonly budget: number };
  amphoraOf(row: Row): SimulatedAmphora;
  managerOn(host: Host): SimulatedManager;
}

/** Watches a world and says what should not have been. */
export class Witness {
  readonly #world: Stage;
  readonly violations: string[] = [];
  /** Failovers of amphorae that lived and could be heard. */
  needless = 0;
  /** Of the dead found while nothing was wrong and nobody had to wait: milliseconds from the end of the timeout to the failover. */
  readonly detectionMs: number[] = [];
  readonly #explained = new Map<string, string>();
  readonly #asked: { readonly host: Host; readonly flow: Flow }[] = [];
  readonly #dueSinceMs = new Map<SimulatedAmphora, number>();
  readonly #busyUntilMs = new Map<string, number>();
  #troubleUntilMs = 0;
  /** When failovers had to wait for their turn, or were stopped, last. */
  #hinderedAtMs = 0;

  constructor(world: Stage) {
    this.#world = world;
  }

  start(): void {
    this.#world.timeline.every(WATCH_INTERVAL_MS, () => this.#watch());
  }

  /** Something is wrong from now on for so long. */
  disturbed(durationMs: number): void {
    this.#troubleUntilMs = Math.max(this.#troubleUntilMs, this.#world.timeline.nowMs + durationMs);
  }

  logged(_message: string, fields: Readonly<Record<string, unknown>>): void {
    if (typeof fields['flow_id'] === 'string' && typeof fields['reason'] === 'string')
      this.#explained.set(fields['flow_id'], fields['reason']);
  }

  committed(host: Host, flow: Flow): void {
    const { database, settings, timeline } = this.#world;
    const { row } = flow;
    const amphora = this.#world.amphoraOf(row);
    const manager = this.#world.managerOn(host);
    this.#asked.push({ host, flow });
    if (database.live.filter((other) => other.row === row).length > 1)
      this.#violated(`amphora ${row.amphora} has two failovers at once`);
    if (!['ALLOCATED', 'FAILOVER_STOPPED', 'ERROR'].includes(row.status))
      this.#violated(`amphora ${row.amphora} is failed over while ${row.status}`);
    if (database.live.length > settings.budget)
      this.#violated(
        `${database.live.length} failovers in progress, allowed are ${settings.budget}`,
      );
    if (manager.unsureCommits > 0) this.#violated(`amphora ${row.amphora} is failed over in doubt`);
    if (row.status === 'ERROR') return;
    const wasUnhindered =
      amphora.receivedAtMs > this.#hinderedAtMs &&
      timeline.nowMs - this.#troubleUntilMs >= GRACE_MS;
    if (wasUnhindered)
      this.detectionMs.push(timeline.nowMs - amphora.receivedAtMs - HEARTBEAT_TIMEOUT_MS);
    const known =
      reportIn(amphora, manager.groundsMs, manager.groundsMs) ??
      reportIn(amphora, manager.confirmedMs, manager.confirmedMs - OUT_OF_DATE_MS);
    if (known !== undefined)
      this.#violated(
        `amphora ${row.amphora} is failed over although it reported ${Math.round(timeline.nowMs - known)} ms ago`,
      );
    if (amphora.isAlive && timeline.nowMs - amphora.cutOffUntilMs > HEARTBEAT_TIMEOUT_MS)
      this.needless++;
  }

  /** To be called once the story is over. */
  close(): void {
    for (const { host, flow } of this.#asked)
      if (host.isRunning && !this.#explained.has(flow.id))
        this.#violated(`the failover of amphora ${flow.row.amphora} was given no reason`);
  }

  #watch(): void {
    const { timeline, database, managers, settings } = this.#world;
    if (database.live.length >= settings.budget || managers.some(isStopped))
      this.#hinderedAtMs = timeline.nowMs;
    for (const amphora of this.#world.amphorae) {
      if (!this.#isDue(amphora)) {
        this.#dueSinceMs.delete(amphora);
        continue;
      }
      const sinceMs = this.#dueSinceMs.get(amphora) ?? timeline.nowMs;
      this.#dueSinceMs.set(amphora, sinceMs);
      if (timeline.nowMs - sinceMs <= DETECTION_MS_MAX) continue;
      this.#violated(`amphora ${amphora.row.amphora} is dead and nobody noticed`);
      this.#dueSinceMs.delete(amphora);
    }
  }

  /** Whether nothing stands in the way of its failover. */
  #isDue({ row, receivedAtMs }: SimulatedAmphora): boolean {
    const { timeline, database, managers, settings } = this.#world;
    const nowMs = timeline.nowMs;
    const { status } = row.loadBalancer;
    if (status.startsWith('PENDING')) this.#busyUntilMs.set(row.loadBalancer.id, nowMs);
    const isFree =
      (status === 'ACTIVE' || status === 'ERROR') &&
      nowMs - (this.#busyUntilMs.get(row.loadBalancer.id) ?? -SECOND_LOOK_MS) >= SECOND_LOOK_MS;
    const silentSinceMs = Math.max(receivedAtMs, row.writtenAtMs + SECOND_LOOK_MS);
    const isSilent =
      (row.status === 'ALLOCATED' || row.status === 'FAILOVER_STOPPED') &&
      nowMs - silentSinceMs >= HEARTBEAT_TIMEOUT_MS;
    const isMissed = row.status === 'ERROR' && row.attempts > 0;
    return (
      (isSilent || isMissed) &&
      isFree &&
      row.nextAttemptAtMs <= nowMs - SECOND_LOOK_MS &&
      nowMs - this.#troubleUntilMs >= GRACE_MS &&
      !managers.some(isStopped) &&
      database.live.length < settings.budget
    );
  }

  #violated(what: string): void {
    this.violations.push(`${Math.round(this.#world.timeline.nowMs)} ms: ${what}`);
  }
}

function isStopped({ openScopes }: SimulatedManager): boolean {
  return openScopes.length > 0;
}

/** When a heartbeat was received within the timeout before a moment, that was in Redis by `appendedByMs`. */
function reportIn(
  { sightings }: SimulatedAmphora,
  momentMs: number,
  appendedByMs: number,
): number | undefined {
  return sightings.findLast(
    ({ receivedAtMs, appendedAtMs }) =>
      appendedAtMs <= appendedByMs && receivedAtMs > momentMs - HEARTBEAT_TIMEOUT_MS,
  )?.receivedAtMs;
}
