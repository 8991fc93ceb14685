import type { Option } from './option.ts';

type Options = Readonly<Record<string, Option<unknown>>>;

/** One `[section]`: the options we read, by the name that the code uses, and those of Octavia's that we knowingly ignore. */
export interface Section<Own extends Options> {
  readonly name: string;
  readonly options: Own;
  readonly ignored: readonly string[];
}

export type ValuesOf<Own extends Options> = {
  readonly [Key in keyof Own]: Own[Key] extends Option<infer Value> ? Value : never;
};

export function section<const Own extends Options>(
  name: string,
  options: Own,
  ignored: readonly string[] = [],
): Section<Own> {
  return { name, options, ignored };
}

export type AnySection = Section<Options>;
