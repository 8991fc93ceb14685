/** Why a text is not a value of an option: what would be right. */
export class BadValue extends Error {}

/** One option: its name in the file, what it means, and how its text becomes a value. */
export interface Option<Value> {
  readonly name: string;
  /** What it decides, with its unit. */
  readonly help: string;
  /** What a value looks like: `a whole number of at least 1`. */
  readonly form: string;
  readonly fallback: Value;
  /** Never printed. */
  readonly isSecret: boolean;
  /** A name that it had in earlier releases of Octavia and that still works. */
  readonly formerly: string | null;
  /** @throws BadValue saying what would be right */
  parse(text: string): Value;
}

interface Common<Value> {
  readonly name: string;
  readonly help: string;
  readonly default: Value;
  readonly isSecret?: boolean;
  readonly formerly?: string;
}

/** @param read answers undefined for what is not a value */
function option<Value>(
  spec: Common<Value>,
  form: string,
  read: (text: string) => Value | undefined,
): Option<Value> {
  return {
    name: spec.name,
    help: spec.help,
    form,
    fallback: spec.default,
    isSecret: spec.isSecret ?? false,
    formerly: spec.formerly ?? null,
    parse(text) {
      const value = read(text);
      if (value === undefined) throw new BadValue(form);
      return value;
    },
  };
}

export function text(spec: Common<string>): Option<string> {
  return option(spec, 'text', (value) => value);
}

export function optionalText(spec: Omit<Common<null>, 'default'>): Option<string | null> {
  return option<string | null>({ ...spec, default: null }, 'text, or nothing', (value) =>
    isNothing(value) ? null : value,
  );
}

function isNothing(value: string): boolean {
  return value === '' || value === 'None';
}

/**
 * The address of a server; secret, since it may hold a password. A driver's name after a plus sign, as SQLAlchemy
 * wants it, is passed over.
 * @param spec.default null: it may be left out
 * @param spec.example shown when the value is something else, such as another database's URL
 */
export function url<Default extends string | null>(
  spec: Common<Default> & { readonly schemes: readonly string[]; readonly example: string },
): Option<string | Default> {
  const secret: Common<string | Default> = { ...spec, isSecret: true };
  return option(secret, `a URL of the form ${spec.example}`, (value) => {
    if (spec.default === null && isNothing(value)) return spec.default;
    const [, scheme, rest] = /^([a-z]+)(?:\+\w+)?(:\/\/.*)$/.exec(value) ?? [];
    if (scheme === undefined || !spec.schemes.includes(scheme)) return undefined;
    return URL.canParse(value) ? `${scheme}${rest}` : undefined;
  });
}

export function choice<const Value extends string>(
  spec: Common<Value> & { readonly of: readonly Value[] },
): Option<Value> {
  return option(spec, `one of ${spec.of.join(', ')}`, (value) =>
    spec.of.find((candidate) => candidate === value),
  );
}

/**
 * Of what a timer waits for, 22 days: timers count to 2³¹ milliseconds, jitter included, and what is longer ends at once,
 * so that an interval meant as "never" would be one without a pause.
 */
export const TIMER_SECONDS_MAX = 1_900_000;

type Bounded = Common<number> & { readonly min?: number; readonly max?: number };

export function integer(spec: Bounded): Option<number> {
  return numeric(spec, /^[+-]?\d+$/, 'a whole number');
}

export function decimal(spec: Bounded): Option<number> {
  return numeric(spec, /^[+-]?\d+(\.\d+)?$/, 'a number');
}

function numeric(spec: Bounded, form: RegExp, what: string): Option<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
  const bounds = [
    spec.min === undefined ? '' : ` of at least ${min}`,
    spec.max === undefined ? '' : ` of at most ${max}`,
  ];
  return option(spec, `${what}${bounds.filter(Boolean).join(' and')}`, (value) => {
    const number = Number(value);
    return form.test(value) && number >= min && number <= max ? number : undefined;
  });
}

export function port(spec: Common<number>): Option<number> {
  return integer({ ...spec, min: 0, max: 65535 });
}

export function flag(spec: Common<boolean>): Option<boolean> {
  return option(spec, 'true or false', (value) => {
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    return /^(false|0|no|off)$/i.test(value) ? false : undefined;
  });
}

export function list(spec: Common<readonly string[]>): Option<readonly string[]> {
  return option(spec, 'a list, separated by commas', itemsOf);
}

/** A list of some of the given names. */
export function choices<const Value extends string>(
  spec: Common<readonly Value[]> & { readonly of: readonly Value[] },
): Option<readonly Value[]> {
  return option(spec, `a list of ${spec.of.join(', ')}, separated by commas`, (value) => {
    const items = itemsOf(value).map((item) => spec.of.find((candidate) => candidate === item));
    return items.some((item) => item === undefined)
      ? undefined
      : items.filter((item) => item !== undefined);
  });
}

/** A list of texts that may hold commas: one on a line. */
export function lines(spec: Common<readonly string[]>): Option<readonly string[]> {
  return option(spec, 'texts, each on a line of its own', (value) =>
    value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

export function dictionary(
  spec: Common<Readonly<Record<string, string>>>,
): Option<Readonly<Record<string, string>>> {
  return option(spec, '"name: description" pairs, separated by commas', (value) => {
    const pairs = itemsOf(value).map((item) => /^([^:]+):(.*)$/s.exec(item));
    if (pairs.includes(null)) return undefined;
    return Object.fromEntries(pairs.map((pair) => [pair?.[1]?.trim(), pair?.[2]?.trim()]));
  });
}

function itemsOf(value: string): readonly string[] {
  return value
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
