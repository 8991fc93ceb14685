import { type IniOption, parseIni } from './ini.ts';
import { BadValue, type Option } from './option.ts';
import type { AnySection, Section, ValuesOf } from './section.ts';
import {
  checkEnvironment,
  checkKnown,
  checkSections,
  type Environment,
  variableOf,
} from './unknown-options.ts';

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
  /** Options and sections of Octavia's that were set and that have no effect here. */
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
  environment: Environment,
): Loaded<Own> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const given = readGiven(source, problems);
  const known = new Map(Object.values(sections).map((section) => [section.name, section]));
  for (const option of given) checkKnown(option, known, source.name, problems, warnings);
  checkSections(given, source.name, warnings);
  checkEnvironment(environment, known, problems, warnings);

  const values = Object.entries(sections).map(([key, section]) => {
    const own = Object.entries(section.options).map(([field, option]) => [
      field,
      frozen(valueOf(section.name, option, given, source.name, environment, problems)),
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

function valueOf(
  section: string,
  option: Option<unknown>,
  given: readonly IniOption[],
  file: string,
  environment: Environment,
  problems: string[],
): unknown {
  const variable = variableOf(section, option.name);
  const override = environment[variable];
  const inFile = given.findLast(
    (candidate) =>
      candidate.section === section &&
      (candidate.name === option.name || candidate.name === option.formerly),
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

/** Lists and dictionaries are values too. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.freeze(value);
  return value;
}
