import type { Option } from './option.ts';

type Options = Readonly<Record<string, Option<unknown>>>;

/** One `[section]`: the options we read, by the name that the code uses, and those of Octavia's that we knowingly ignore. */
export interface Section<Own extends Options> {
  readonly name: string;
  readonly options: Own;
  readonly ignored: readonly Ignored[];
}

/** An option of Octavia's without effect here; with the reason, where it is not plain that it has none. */
export type Ignored = string | { readonly name: string; readonly why: string };

export type ValuesOf<Own extends Options> = {
  readonly [Key in keyof Own]: Own[Key] extends Option<infer Value> ? Value : never;
};

export function section<const Own extends Options>(
  name: string,
  options: Own,
  ignored: readonly Ignored[] = [],
): Section<Own> {
  return { name, options, ignored };
}

/** Name → why, which may be empty. */
export function ignoredBy({ ignored }: AnySection): ReadonlyMap<string, string> {
  return new Map(
    ignored.map((each) => (typeof each === 'string' ? [each, ''] : [each.name, each.why])),
  );
}

export type AnySection = Section<Options>;
