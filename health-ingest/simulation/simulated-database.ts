import type { AmphoraStatus } from '#core/domain/status.ts';
import type { AmphoraDirectory } from '../scheduling/amphora-directory.ts';
import type { Accused, Changed, Expected } from '../scheduling/expected-amphorae.ts';
import type { FailedAttempt } from '../scheduling/failover-attempts.ts';
import type { FailoverRequest, FailoverRequested } from '../scheduling/failover-request.ts';
import type { Host } from './host.ts';
import type { Random } from './random.ts';
import { type Flow, idOf, isExpected, type Row, toExpected } from './simulated-rows.ts';
import { LATENCY_MS, SimulatedServer } from './simulated-server.ts';
import type { Timeline } from './timeline.ts';

export interface DatabaseEvents {
  /** A manager has asked for a failover, and it is in the queue as of now. */
  committed(host: Host, flow: Flow): void;
  /** A failover is in the queue, whoever asked for it. */
  queued(flow: Flow): void;
}

const LOCK_POLL_MS = 5;
const STANDSTILL_MS = 5000;
const LOOK_BACK_MS = 15_000;

/** What lies in PostgreSQL, amphorae and failovers, and the transactions that lock their rows. */
export class SimulatedDatabase {
  readonly server: SimulatedServer;
  readonly rows = new Map<string, Row>();
  readonly flows: Flow[] = [];
  readonly #timeline: Timeline;
  readonly #events: DatabaseEvents;

  constructor(timeline: Timeline, random: Random, events: DatabaseEvents) {
    this.#timeline = timeline;
    this.server = new SimulatedServer(timeline, random);
    this.#events = events;
  }

  get live(): readonly Flow[] {
    return this.flows.filter(({ state }) => state === 'live');
  }

  insert(row: Omit<Row, 'id' | 'writtenAtMs' | 'attempts' | 'nextAttemptAtMs'>): Row {
    const full: Row = {
      ...row,
      id: idOf(row.amphora),
      writtenAtMs: this.#timeline.nowMs,
      attempts: 0,
      nextAttemptAtMs: 0,
    };
    this.rows.set(full.id, full);
    return full;
  }

  write(row: Row, status: AmphoraStatus): void {
    row.status = status;
    row.writtenAtMs = this.#timeline.nowMs;
  }

  directoryFor(host: Host): AmphoraDirectory {
    const ask = <Answer>(answer: () => Answer): Promise<Answer> =>
      this.server.statement(host, answer);
    return {
      expectedAfter: (afterId, rowsMax) => ask(() => this.#expectedAfter(afterId, rowsMax)),
      changed: () => ask(() => this.#changed()),
      accused: (ids) => ask(() => this.#accused(ids)),
      unfinished: () =>
        ask(() => {
          const missed = [...this.rows.values()].filter((row) => this.#isMissed(row));
          const accused = missed.map((row) => this.#toAccused(row));
          return { count: missed.length, due: accused.filter(({ isDue }) => isDue) };
        }),
      noteFailures: (backOffMs) => ask(() => this.#noteFailures(backOffMs)),
      inProgress: () => ask(() => this.live.length),
      move: (ids, from, to) =>
        ask(() =>
          ids.filter((id) => {
            const row = this.rows.get(id);
            if (row?.status !== from) return false;
            this.write(row, to);
            return true;
          }),
        ),
      requestFailover: (request) => this.#transaction(host, request),
    };
  }

  /** Hands a failover over as the API does, past the scheduler. */
  requestByApi(row: Row): void {
    if (row.loadBalancer.status !== 'ACTIVE' || row.loadBalancer.lockedBy) return;
    row.loadBalancer.status = 'PENDING_UPDATE';
    this.#enqueue(row);
  }

  #expectedAfter(afterId: string | null, rowsMax: number): readonly Expected[] {
    return [...this.rows.values()]
      .filter((row) => isExpected(row) && row.id > (afterId ?? ''))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, rowsMax)
      .map(toExpected);
  }

  #changed(): readonly Changed[] {
    const sinceMs = this.#timeline.nowMs - LOOK_BACK_MS;
    return [...this.rows.values()]
      .filter(({ writtenAtMs }) => writtenAtMs >= sinceMs)
      .map((row) => ({ ...toExpected(row), isExpected: isExpected(row) }));
  }

  #accused(ids: readonly string[]): ReadonlyMap<string, Accused> {
    const rows = ids.flatMap((id) => this.rows.get(id) ?? []).filter(isExpected);
    return new Map(rows.map((row) => [row.id, this.#toAccused(row)]));
  }

  #toAccused(row: Row): Accused {
    const { id, status, loadBalancer, attempts } = row;
    return {
      id,
      status,
      loadBalancerId: loadBalancer.id,
      loadBalancerStatus: loadBalancer.status,
      attempts,
      isDue: row.nextAttemptAtMs <= this.#timeline.nowMs,
    };
  }

  #isMissed(row: Row): boolean {
    const isServed = [...this.rows.values()].some(
      (other) => other.loadBalancer === row.loadBalancer && isExpected(other),
    );
    const isLeaving = ['DELETED', 'PENDING_DELETE'].includes(row.loadBalancer.status);
    return row.status === 'ERROR' && row.attempts > 0 && !isServed && !isLeaving;
  }

  #noteFailures(backOffMs: number): readonly FailedAttempt[] {
    const failed = this.flows.filter(
      ({ state, isNoted, row }) => state === 'failed' && !isNoted && row.status === 'ERROR',
    );
    return failed.map((flow): FailedAttempt => {
      const { row } = flow;
      flow.isNoted = true;
      if (row.attempts === 0) {
        row.attempts = 1;
        row.nextAttemptAtMs = this.#timeline.nowMs + backOffMs;
      }
      return {
        amphoraId: row.id,
        loadBalancerId: row.loadBalancer.id,
        flowId: flow.id,
        attempts: row.attempts,
        nextAttemptAt: new Date(row.nextAttemptAtMs),
      };
    });
  }

  /** As `requestFailover` does it: the load balancer's lock, then what it depends on, then the budget and the commit. */
  #transaction(host: Host, request: FailoverRequest): Promise<FailoverRequested> {
    const me = {};
    const { promise, resolve, reject } = Promise.withResolvers<FailoverRequested>();
    const row = this.rows.get(request.amphora.id);
    const end = (requested: FailoverRequested): void => {
      if (row?.loadBalancer.lockedBy === me) row.loadBalancer.lockedBy = null;
      host.answer(LATENCY_MS, () => resolve(requested));
    };
    const lock = (): void => {
      if (row === undefined) return end({ kind: 'moot' });
      if (row.loadBalancer.lockedBy) return this.#timeline.after(LOCK_POLL_MS, lock);
      const problem = this.#problemOf(row, request);
      if (problem) return end({ kind: problem });
      row.loadBalancer.lockedBy = me;
      this.#timeline.after(STANDSTILL_MS, () => {
        if (row.loadBalancer.lockedBy === me) row.loadBalancer.lockedBy = null;
      });
      host.after(LATENCY_MS, () => {
        const isFresh = request.isFresh();
        this.server.arrive(host, () => {
          if (row.loadBalancer.lockedBy !== me)
            return host.answer(LATENCY_MS, () => reject(new Error('the connection was ended')));
          end(isFresh ? this.#commit(host, row, request) : { kind: 'out-of-date' });
        });
      });
    };
    this.server.arrive(host, lock);
    return promise;
  }

  #problemOf(row: Row, { amphora }: FailoverRequest): 'busy' | 'moot' | null {
    if (!['ACTIVE', 'ERROR'].includes(row.loadBalancer.status)) return 'busy';
    const isDue = row.nextAttemptAtMs <= this.#timeline.nowMs;
    return row.status === amphora.status && isDue ? null : 'moot';
  }

  #commit(host: Host, row: Row, request: FailoverRequest): FailoverRequested {
    if (this.live.length + 1 > request.allowed) return { kind: 'over-budget' };
    row.nextAttemptAtMs =
      this.#timeline.nowMs + request.backOffMs * 2 ** Math.min(row.attempts, 20);
    row.attempts++;
    row.loadBalancer.status = 'PENDING_UPDATE';
    const flow = this.#enqueue(row);
    this.#events.committed(host, flow);
    return { kind: 'requested', flowId: flow.id, attempts: row.attempts };
  }

  #enqueue(row: Row): Flow {
    const id = `flow-${this.flows.length}`;
    const flow: Flow = { id, row, atMs: this.#timeline.nowMs, state: 'live', isNoted: false };
    this.flows.push(flow);
    this.#events.queued(flow);
    return flow;
  }
}
