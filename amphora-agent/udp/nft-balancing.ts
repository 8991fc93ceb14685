import { join } from 'node:path';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { readIfPresent } from '../apply/atomic-file.ts';
import { WorkQueue } from '../apply/work-queue.ts';
import { type AgentPaths, lvsPaths } from '../paths.ts';
import { ServiceFailure } from '../service-manager.ts';
import { StartedUnits } from '../started-units.ts';
import type { LvsBalancing, LvsReport } from './balancing.ts';
import { downMembersOf } from './down-members.ts';
import { parseLvsConfig } from './lvs-config.ts';
import type { LvsListener } from './lvs-listener.ts';
import { lvsReport } from './lvs-report.ts';
import { MemberChecks } from './member-checks.ts';
import { markedMembers } from './member-mark.ts';
import { missingFor } from './missing.ts';
import { readNftCounters } from './nft-counters.ts';
import { loadRules, type RulesHost, removeRules, rulesOf, stopRules } from './nft-rules.ts';
import {
  asRunning,
  checkStateOf,
  downMembers,
  isByConnections,
  type ServedListener,
} from './served-listener.ts';

export interface NftBalancingOptions extends RulesHost {
  readonly paths: AgentPaths;
  readonly logger: Logger;
  /** Statuses may be new. */
  changed(): void;
}

const WAITING_MAX = 1024;
const RECOUNT_MS = 2000;

/** Without IPVS: a table of nftables for each listener, members checked from here. What was started is so after a restart. */
export class NftBalancing implements LvsBalancing, Service {
  readonly name = 'UDP balancing';
  readonly kind = 'nftables';
  readonly #options: NftBalancingOptions;
  readonly #started: StartedUnits;
  readonly #served = new Map<string, ServedListener>();
  /** One change of the rules after the other: those of requests and those of checks. */
  readonly #changes = new WorkQueue(WAITING_MAX);
  /** Connections by mark, some time ago. */
  #active: ReadonlyMap<number, number> = new Map();
  #timer: NodeJS.Timeout | null = null;
  #isRecounting = false;

  constructor(options: NftBalancingOptions) {
    this.#options = options;
    this.#started = new StartedUnits(join(options.paths.lvs, 'started-listeners.json'));
  }

  async start(): Promise<void> {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => void this.#recount(), RECOUNT_MS);
    for (const id of await this.#started.names())
      await this.startListener(id).catch((error: unknown) => this.#notLoaded(id, error));
  }

  /** The rules stay and serve on. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const served of this.#served.values()) stopChecks(served);
    await this.#changes.idle();
  }

  refusalOf(id: string, config: string): Promise<string | null> {
    const parsed = parseLvsConfig(id, config);
    return parsed.kind === 'refused'
      ? Promise.resolve(parsed.reason)
      : missingFor(parsed.listener, this.#options.namespace);
  }

  async installListener(): Promise<void> {
    // What was started is what the next start of the agent starts: there is nothing to prepare.
  }

  startListener(id: string): Promise<void> {
    return this.#changes.run(async () => {
      await this.#started.add(id);
      const previous = this.#served.get(id) ?? null;
      const next = await this.#prepare(await this.#configured(id), previous);
      if (isByConnections(next)) this.#active = await this.#options.flows.countByMark();
      await loadRules(this.#options, next, previous, this.#active);
      if (previous !== null) stopChecks(previous);
      this.#served.set(id, next);
      for (const { checks } of next.parts) checks.start();
    });
  }

  stopListener(id: string): Promise<void> {
    return this.#changes.run(async () => {
      await this.#started.delete(id);
      const served = this.#served.get(id);
      this.#served.delete(id);
      if (served !== undefined) stopChecks(served);
      // One that could not be started may have rules all the same, from before the agent started.
      const listener = served?.listener ?? (await this.#configured(id).catch(() => null));
      await stopRules(this.#options, id, listener?.services ?? []);
    });
  }

  /** Nothing has to end for something else to begin. */
  restartListener(id: string): Promise<void> {
    return this.startListener(id);
  }

  async removeListener(id: string): Promise<void> {
    await this.stopListener(id);
    await this.#changes.run(() => removeRules(this.#options, id));
    await downMembersOf(this.#options.paths, id).forget();
  }

  async stateOf(id: string): Promise<'running' | 'stopped' | 'dead'> {
    if (this.#served.has(id)) return 'running';
    return (await this.#started.names()).has(id) ? 'dead' : 'stopped';
  }

  async report(): Promise<LvsReport> {
    if (this.#served.size === 0) return { listeners: [], pools: [] };
    const { namespace, flows } = this.#options;
    const [totals, active] = await Promise.all([readNftCounters(namespace), flows.countByMark()]);
    const served = [...this.#served.values()];
    return lvsReport(served.map((each) => asRunning(each, totals.get(each.listener.id), active)));
  }

  async #configured(id: string): Promise<LvsListener> {
    const content = await readIfPresent(lvsPaths(this.#options.paths, id).config);
    const parsed = parseLvsConfig(id, content?.toString('utf8') ?? '');
    if (parsed.kind === 'listener') return parsed.listener;
    throw new ServiceFailure(`listener ${id}`, 'start', parsed.reason);
  }

  async #prepare(listener: LvsListener, previous: ServedListener | null): Promise<ServedListener> {
    const down = await downMembersOf(this.#options.paths, listener.id).read();
    const { namespace, logger } = this.#options;
    const parts = listener.services.map((service) => ({
      service,
      members: markedMembers(listener.id, service.members),
      checks: new MemberChecks({
        members: service.members,
        pace: service.pace,
        namespace,
        logger: logger.child({ listener_id: listener.id }),
        before: checkStateOf(previous, service) ?? { down, failures: new Map(), dueMs: 0 },
        changed: () => this.#reload(listener.id),
      }),
    }));
    return { listener, parts, rules: '', sent: new Map() };
  }

  /** After a member came or went, or has more connections than others. */
  #reload(id: string): void {
    this.#changes
      .run(async () => {
        const served = this.#served.get(id);
        if (served === undefined) return;
        await loadRules(this.#options, served, served, this.#active);
        await downMembersOf(this.#options.paths, id).write(downMembers(served));
        this.#options.changed();
      })
      .catch((error: unknown) => this.#notLoaded(id, error));
  }
  /** Least connections: the rules follow how many there are. Never rejects. */
  async #recount(): Promise<void> {
    const byConnections = [...this.#served.values()].filter(isByConnections);
    if (this.#isRecounting || byConnections.length === 0) return;
    this.#isRecounting = true;
    try {
      this.#active = await this.#options.flows.countByMark();
      for (const served of byConnections)
        if (rulesOf(served, this.#active) !== served.rules) this.#reload(served.listener.id);
    } catch (error) {
      this.#options.logger.error({ error }, 'connections not counted');
    } finally {
      this.#isRecounting = false;
    }
  }

  #notLoaded(id: string, error: unknown): void {
    this.#options.logger.error({ error, listener_id: id }, 'rules of the listener not loaded');
  }
}

function stopChecks({ parts }: ServedListener): void {
  for (const { checks } of parts) checks.stop();
}
