import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '#core/service/daemon.ts';
import { readIfPresent, writeOnce } from './apply/atomic-file.ts';
import { readInterfaceFile, writeInterfaceFile } from './apply/interface-files.ts';
import { interfaceUp } from './apply/interface-up.ts';
import { applyMasquerade } from './apply/masquerade.ts';
import { findLink, moveInside, type PlugHost } from './apply/plug.ts';
import { type PluggedInterface, readPlugged } from './apply/plugged-interfaces.ts';
import { installPrograms } from './apply/programs.ts';
import type { WorkQueue } from './apply/work-queue.ts';
import { LOOPBACK_FILE } from './render/interface-file.ts';

const FILE_MODE = 0o644;
const NIC_WAIT_MS = 60_000;
const NIC_POLL_MS = 100;

/**
 * Brings the machine to where it was before it went down: namespace, the NICs that were plugged, their addresses and
 * routes. Requests wait until it is done; a NIC that comes late is waited for beside them.
 */
export class Boot implements Service {
  readonly name = 'boot';
  readonly #host: PlugHost;
  readonly #changes: WorkQueue;
  readonly #stopped = new AbortController();
  #late: Promise<void> = Promise.resolve();

  constructor(host: PlugHost, changes: WorkQueue) {
    this.#host = host;
    this.#changes = changes;
  }

  async start(): Promise<void> {
    const { paths, namespace, logger } = this.#host;
    await mkdir(paths.base, { recursive: true });
    await writeOnce(paths.userGroupFile, await renderUserGroup(), FILE_MODE);
    await writeInterfaceFile(paths.interfaceFiles, LOOPBACK_FILE);
    await installPrograms(paths);
    await this.#changes.run(() => namespace.ensure());
    const plugged = await readPlugged(paths.pluggedInterfaces);
    const absent = await this.#bringUp(plugged);
    if (plugged.length > 0)
      logger.info({ interfaces: plugged.length - absent.length, absent }, 'network brought up');
    this.#late = this.#waitFor(absent);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#late;
  }

  /** Answers those that are not there. */
  async #bringUp(plugged: readonly PluggedInterface[]): Promise<readonly PluggedInterface[]> {
    const absent: PluggedInterface[] = [];
    await this.#changes.run(async () => {
      for (const each of plugged) if (!(await this.#isUp(each))) absent.push(each);
      if (absent.length === plugged.length) return;
      const { namespace, paths, logger } = this.#host;
      await applyMasquerade(namespace, paths.interfaceFiles, logger);
      const vipRules = await readIfPresent(paths.vipRules);
      if (vipRules !== null)
        await namespace.exec(['nft', '-o', '-f', '-'], vipRules.toString('utf8'));
    });
    return absent;
  }

  async #isUp(plugged: PluggedInterface): Promise<boolean> {
    const { namespace, paths, logger } = this.#host;
    try {
      const link = await findLink(this.#host, plugged.macAddress);
      if (link.kind === 'absent') return false;
      const { macAddress, name } = plugged;
      if (link.kind === 'outside')
        await moveInside(this.#host, { name: link.name, macAddress }, name);
      const file = await readInterfaceFile(paths.interfaceFiles, name);
      if (file !== null) await interfaceUp(namespace, file, logger);
    } catch (error) {
      logger.error({ error, interface: plugged.name }, 'interface not brought up');
    }
    return true;
  }

  async #waitFor(absent: readonly PluggedInterface[]): Promise<void> {
    const endMs = performance.now() + NIC_WAIT_MS;
    const { signal } = this.#stopped;
    let left = absent;
    while (left.length > 0 && performance.now() < endMs && !signal.aborted) {
      await delay(NIC_POLL_MS, undefined, { signal }).catch(() => {});
      left = await this.#bringUp(left);
    }
    if (left.length > 0 && !signal.aborted)
      this.#host.logger.warn({ absent: left }, 'NICs that were plugged once are not there');
  }
}

/** The group that HAProxy falls to; controllers do not know which one this distribution has. */
async function renderUserGroup(): Promise<string> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  return `global\n    group ${/^nogroup:/m.test(groups) ? 'nogroup' : 'haproxy'}\n`;
}
