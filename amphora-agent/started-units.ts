import { readIfPresent, writeWhole } from './apply/atomic-file.ts';

const MODE = 0o600;

/** The names of the units that should run, kept on disk: what a reboot or a death took is started again from it. */
export class StartedUnits {
  readonly #file: string;
  #names: Set<string> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** A copy: it does not change under whoever goes through it. */
  async names(): Promise<ReadonlySet<string>> {
    return new Set(await this.#load());
  }

  async add(name: string): Promise<void> {
    const names = await this.#load();
    if (names.has(name)) return;
    names.add(name);
    await this.#store(names);
  }

  async delete(name: string): Promise<void> {
    const names = await this.#load();
    if (names.delete(name)) await this.#store(names);
  }

  async #load(): Promise<Set<string>> {
    if (this.#names !== null) return this.#names;
    const text = await readIfPresent(this.#file);
    this.#names = new Set(parseNames(text?.toString('utf8') ?? '[]'));
    return this.#names;
  }

  async #store(names: ReadonlySet<string>): Promise<void> {
    await writeWhole(this.#file, JSON.stringify([...names].sort()), MODE);
  }
}

/** A file that is not ours any more is as good as none: the controller's next push starts what is missing. */
function parseNames(text: string): readonly string[] {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
