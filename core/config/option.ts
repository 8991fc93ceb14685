/** Why a text is not a value of an option: what would be right. */
export class BadValue extends Error {}

/** One option: its name in the file, what it means, and how its text becomes a value. */
export interface Option<Value> {
  readonly name: string;
  readonly help: string;
  readonly fallback: Value;
  /** Never printed. */
  readonly isSecret: boolean;
  /** A name that it had in earlier releases of Octavia and that still works. */
  readonly formerly?: string;
  /** @throws BadValue saying what would be right */
  parse(text: string): Value;
}

interface Common<Value> {
  readonly name: string;
  readonly help: string;
  readonly default: Value;
}

export function text(
  spec: Common<string> & { readonly isSecret?: boolean; readonly formerly?: string },
): Option<string> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    isSecret: spec.isSecret ?? false,
    ...(spec.formerly === undefined ? {} : { formerly: spec.formerly }),
    parse: (value) => value,
  };
}

export function optionalText(
  spec: Omit<Common<null>, 'default'> & { readonly isSecret?: boolean },
): Option<string | null> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: null,
    isSecret: spec.isSecret ?? false,
    parse: (value) => (value === '' || value === 'None' ? null : value),
  };
}

/**
 * The address of a server. A driver's name after a plus sign, as SQLAlchemy wants it, is passed over.
 * @param spec.example shown when the value is something else, such as another database's URL
 */
export function url(
  spec: Common<string> & { readonly schemes: readonly string[]; readonly example: string },
): Option<string> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    // It may hold a password.
    isSecret: true,
    parse(value) {
      const [, scheme, rest] = /^([a-z]+)(?:\+\w+)?(:\/\/.*)$/.exec(value) ?? [];
      if (scheme === undefined || !spec.schemes.includes(scheme) || !URL.canParse(value))
        throw new BadValue(`a URL of the form ${spec.example}`);
      return `${scheme}${rest}`;
    },
  };
}

export function choice<const Value extends string>(
  spec: Common<Value> & { readonly of: readonly Value[] },
): Option<Value> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    isSecret: false,
    parse(value) {
      const chosen = spec.of.find((candidate) => candidate === value);
      if (chosen === undefined) throw new BadValue(`one of ${spec.of.join(', ')}`);
      return chosen;
    },
  };
}

export function integer(
  spec: Common<number> & {
    readonly min?: number;
    readonly max?: number;
    readonly formerly?: string;
  },
): Option<number> {
  return numeric(spec, /^[+-]?\d+$/, 'a whole number');
}

export function decimal(
  spec: Common<number> & {
    readonly min?: number;
    readonly max?: number;
    readonly formerly?: string;
  },
): Option<number> {
  return numeric(spec, /^[+-]?\d+(\.\d+)?$/, 'a number');
}

function numeric(
  spec: Common<number> & {
    readonly min?: number;
    readonly max?: number;
    readonly formerly?: string;
  },
  form: RegExp,
  what: string,
): Option<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    isSecret: false,
    ...(spec.formerly === undefined ? {} : { formerly: spec.formerly }),
    parse(value) {
      const number = Number(value);
      if (form.test(value) && number >= min && number <= max) return number;
      const bounds = [
        spec.min === undefined ? '' : ` of at least ${min}`,
        spec.max === undefined ? '' : ` of at most ${max}`,
      ];
      throw new BadValue(`${what}${bounds.filter(Boolean).join(' and')}`);
    },
  };
}

export function port(spec: Common<number>): Option<number> {
  return integer({ ...spec, min: 0, max: 65535 });
}

export function flag(spec: Common<boolean>): Option<boolean> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    isSecret: false,
    parse(value) {
      if (/^(true|1|yes|on)$/i.test(value)) return true;
      if (/^(false|0|no|off)$/i.test(value)) return false;
      throw new BadValue('true or false');
    },
  };
}

/** Comma separated. */
export function list(
  spec: Common<readonly string[]> & { readonly isSecret?: boolean },
): Option<readonly string[]> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    isSecret: spec.isSecret ?? false,
    parse: (value) =>
      value
        .split(/[,\n]/)
        .map((item) => item.trim())
        .filter((item) => item !== ''),
  };
}

/** `key: value` pairs, comma separated. */
export function dictionary(
  spec: Common<Readonly<Record<string, string>>>,
): Option<Readonly<Record<string, string>>> {
  return {
    name: spec.name,
    help: spec.help,
    fallback: spec.default,
    isSecret: false,
    parse(value) {
      const pairs = value
        .split(/[,\n]/)
        .map((item) => item.trim())
        .filter((item) => item !== '');
      return Object.fromEntries(
        pairs.map((pair) => {
          const colon = pair.indexOf(':');
          if (colon < 1) throw new BadValue('"name: description" pairs, separated by commas');
          return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()];
        }),
      );
    },
  };
}
