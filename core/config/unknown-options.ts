import type { IniOption } from './ini.ts';
import { nearestName } from './nearest-name.ts';
import { type AnySection, ignoredBy } from './section.ts';

/** Whole sections of Octavia's, and of libraries that it has its options from, for which there is nothing here. */
const OTHERS_SECTIONS: readonly string[] = [
  'audit',
  'audit_middleware_notifications',
  'barbican',
  'compute',
  'glance',
  'key_manager',
  'neutron',
  'oslo_concurrency',
  'oslo_messaging',
  'oslo_messaging_kafka',
  'oslo_messaging_notifications',
  'oslo_messaging_rabbit',
  'oslo_reports',
  'profiler',
  'service_auth',
  'ssl',
  'task_flow',
  'vault',
];

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment variable that overrides an option, named as oslo.config does. */
export function variableOf(section: string, option: string): string {
  return `OS_${section.toUpperCase()}__${option.toUpperCase()}`;
}

/** Adds a problem for an option that nobody knows, a warning for one that has no effect here. */
export function checkKnown(
  option: IniOption,
  known: ReadonlyMap<string, AnySection>,
  file: string,
  problems: string[],
  warnings: string[],
): void {
  const section = known.get(option.section);
  const where = `${file}:${option.line}: [${option.section}] ${option.name}`;
  if (section === undefined) {
    // Another section belongs to another daemon, since one file may serve them all; but not one that is ours misspelt.
    const meant = nearestName(option.section, [...known.keys()]);
    if (meant) problems.push(`${where} is in an unknown section; did you mean [${meant}]?`);
    return;
  }
  const names = namesOf(section);
  if (names.includes(option.name)) return;
  const why = ignoredBy(section).get(option.name);
  if (why !== undefined) {
    warnings.push(`${where} ${noEffect(why)}`);
    return;
  }
  problems.push(`${where} is unknown${hint(option.name, names)}`);
}

/** Adds a warning for each section that nothing of ours reads, such as `[audit]`, without which nobody is audited. */
export function checkSections(given: readonly IniOption[], file: string, warnings: string[]): void {
  for (const name of OTHERS_SECTIONS) {
    const first = given.find((option) => option.section === name);
    if (first)
      warnings.push(
        `${file}:${first.line}: [${name}] is a section of Octavia's that has no effect here`,
      );
  }
}

/** An override that overrides nothing is a slip of somebody's, too. */
export function checkEnvironment(
  environment: Environment,
  known: ReadonlyMap<string, AnySection>,
  problems: string[],
  warnings: string[],
): void {
  for (const section of known.values()) {
    const prefix = variableOf(section.name, '');
    const names = upper(namesOf(section));
    const ignored = ignoredBy(section);
    for (const variable of Object.keys(environment)) {
      if (!variable.startsWith(prefix)) continue;
      const name = variable.slice(prefix.length);
      if (names.includes(name)) continue;
      const why = ignored.get(name.toLowerCase());
      if (why !== undefined) warnings.push(`environment ${variable} ${noEffect(why)}`);
      else problems.push(`environment ${variable} is unknown${hint(name, names)}`);
    }
  }
}

function noEffect(why: string): string {
  return `is an option of Octavia's that has no effect here${why === '' ? '' : `: ${why}`}`;
}

function upper(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toUpperCase());
}

function namesOf(section: AnySection): readonly string[] {
  return Object.values(section.options).flatMap((option) =>
    option.formerly === null ? [option.name] : [option.name, option.formerly],
  );
}

function hint(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest ? `; did you mean ${nearest}?` : `; known are ${names.join(', ')}`;
}
