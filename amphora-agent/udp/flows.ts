import type { Logger } from '#core/ports/logger.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { LvsService } from './lvs-listener.ts';

/**
 * Sums up the marks of tracked connections where they are listed, since there may be a hundred thousand of them. Not
 * every kernel lists them in a file.
 */
const COUNT_MARKS = `{ conntrack -L -f ipv4; conntrack -L -f ipv6; } 2>/dev/null | awk '
match($0, / mark=[0-9]+/) { count[substr($0, RSTART + 6, RLENGTH - 6)]++ }
END { for (mark in count) print mark, count[mark] }'`;

/** The kernel's tracked connections of the amphora. */
export class Flows {
  readonly #namespace: HaproxyNamespace;
  readonly #logger: Logger;

  constructor(namespace: HaproxyNamespace, logger: Logger) {
    this.#namespace = namespace;
    this.#logger = logger;
  }

  /** How many connections there are by mark. */
  async countByMark(): Promise<ReadonlyMap<number, number>> {
    const { stdout } = await this.#namespace.exec(['sh', '-c', COUNT_MARKS]);
    const rows = stdout.split('\n').map((line) => line.split(' ').map(Number));
    return new Map(rows.flatMap(([mark = 0, count = 0]) => (mark > 0 ? [[mark, count]] : [])));
  }

  /** A client that goes on sending would otherwise keep a member that is gone for as long as it does. */
  async forgetMember({ version, protocol }: LvsService, mark: number): Promise<void> {
    await this.#forget(version, ['-p', protocol, '--mark', `${mark}`]);
  }

  /**
   * All that came to a service's addresses.
   * @param onlyUnsent only what no rule has sent anywhere: it came before there was one, and would never be
   */
  async forgetService(service: LvsService, onlyUnsent: boolean): Promise<void> {
    for (const { address, port } of service.vips) {
      const which = ['-p', service.protocol, '--orig-dst', address, '--orig-port-dst', `${port}`];
      await this.#forget(service.version, [...which, ...(onlyUnsent ? ['--mark', '0'] : [])]);
    }
  }

  async #forget(version: 4 | 6, which: readonly string[]): Promise<void> {
    const family = version === 4 ? 'ipv4' : 'ipv6';
    const result = await this.#namespace.exec(['conntrack', '-D', '-f', family, ...which]);
    if (result.status === 0 || /0 flow entries have been deleted/.test(result.output)) return;
    // Then the connections end by themselves, once their clients are silent.
    this.#logger.warn({ output: result.output, which }, 'connections were not taken away');
  }
}
