import { type IniOption, parseIni } from './ini.ts';
import { BadValue, type Option } from './option.ts';
import type { Section, ValuesOf } from './section.ts';

type AnySection = Section<Readonly<Record<string, Option<unknown>>>>;
type Sections = Readonly<Record<string, AnySection>>;

export type ConfigOf<Own extends Sections> = {
  readonly [Key in keyof Own]: Own[Key] extends Section<infer Options> ? ValuesOf<Options> : never;
};

/** All that is wrong with a configuration, a line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export interface Loaded<Own extends Sections> {
  readonly config: ConfigOf<Own>;
  /** Options of Octavia's that were set and that this service has no use for. */
  readonly warnings: readonly string[];
}

/**
 * Reads a configuration once, checks all of it, freezes it.
 * @param sections what this program reads
 * @param source text of the file and its name for messages; an absent file is an empty one
 * @param environment `OS_<SECTION>__<OPTION>` overrides the file, as in oslo.config
 * @throws ConfigError with every problem found, each naming the option, the value and what would be right
 */
export function loadConfig<Own extends Sections>(
  sections: Own,
  source: { readonly name: string; readonly text: string },
  environment: Readonly<Record<string, string | undefined>>,
): Loaded<Own> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const given = readGiven(source, problems);
  const known = new Map(Object.values(sections).map((section) => [section.name, section]));
  for (const option of given) checkKnown(option, known, source.name, problems, warnings);

  const values = Object.entries(sections).map(([key, section]) => {
    const own = Object.entries(section.options).map(([field, option]) => [
      field,
      valueOf(section.name, option, given, source.name, environment, problems),
    ]);
    return [key, Object.freeze(Object.fromEntries(own))];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: Object.freeze(Object.fromEntries(values)) as ConfigOf<Own>, warnings };
}

function readGiven(
  source: { readonly name: string; readonly text: string },
  problems: string[],
): readonly IniOption[] {
  try {
    return parseIni(source.text);
  } catch (error) {
    problems.push(`${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** A section that this program does not read belongs to another daemon: one file may serve them all. */
function checkKnown(
  option: IniOption,
  known: ReadonlyMap<string, AnySection>,
  file: string,
  problems: string[],
  warnings: string[],
): void {
  const section = known.get(option.section);
  if (section === undefined) return;
  const names = Object.values(section.options).map((candidate) => candidate.name);
  const where = `${file}:${option.line}: [${option.section}] ${option.name}`;
  if (names.includes(option.name)) return;
  if (section.ignored.includes(option.name)) {
    warnings.push(`${where} is an option of Octavia's that has no effect here`);
    return;
  }
  const nearest = nearestName(option.name, names);
  problems.push(
    `${where} is unknown${nearest ? `; did you mean ${nearest}?` : `; known are ${names.join(', ')}`}`,
  );
}

function valueOf(
  section: string,
  option: Option<unknown>,
  given: readonly IniOption[],
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): unknown {
  const variable = `OS_${section.toUpperCase()}__${option.name.toUpperCase()}`;
  const override = environment[variable];
  const inFile = given.findLast(
    (candidate) => candidate.section === section && candidate.name === option.name,
  );
  const raw = override ?? inFile?.value;
  if (raw === undefined) return option.fallback;
  try {
    return option.parse(raw);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const where =
      override === undefined
        ? `${file}:${inFile?.line}: [${section}] ${option.name}`
        : `environment ${variable}`;
    problems.push(
      `${where} is ${option.isSecret ? 'not usable' : `"${raw}"`}; it must be ${error.message}`,
    );
    return option.fallback;
  }
}

function nearestName(name: string, names: readonly string[]): string | undefined {
  const close = names.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }));
  close.sort((a, b) => a.distance - b.distance);
  const best = close[0];
  return best && best.distance <= 3 ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
