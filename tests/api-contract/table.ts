import { invalid } from '../../api/testing/contract.ts';
import type { ApiResponse } from '../../api/testing/harness.ts';

/** Where in a request an attribute stands: fault texts name it, or show the whole body. */
export interface Place {
  readonly argument: string;
  readonly name: string;
  readonly body: unknown;
}

/** A fault text, or how it follows from the place. */
export type Fault = string | ((at: Place) => string);

/** What a request leads to: a value that the answer shows, or a refusal. */
export type Outcome =
  | { readonly kind: 'shown'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly fault: Fault; readonly status: number };

export const shown = (value: unknown): Outcome => ({ kind: 'shown', value });
export const refused = (fault: Fault, status = 400): Outcome => ({
  kind: 'refused',
  fault,
  status,
});

/** Sent, and what the answer shows when that differs. */
export type Accepted = readonly [sent: unknown, shown?: unknown];
/** Sent, the fault text, and its status when it is not 400. */
export type Refused = readonly [sent: unknown, fault: Fault, status?: number];

/** A type of values: what any attribute of it takes and refuses, its bounds and wrong types among them. */
export interface Kind {
  readonly accepts: readonly Accepted[];
  readonly refuses: readonly Refused[];
}

/** One row of the contract's tables. Nothing may be left out but what its kind says. */
export interface Row {
  readonly name: string;
  readonly kind: Kind;
  /** In place of what the kind accepts: not every value of a kind makes sense here. */
  readonly accepts?: readonly Accepted[];
  /** Beyond what the kind refuses. */
  readonly refuses?: readonly Refused[];
  /** Nothing said: an update that does not have it leaves it as it is. */
  readonly absent?: Outcome;
  readonly whenNull: Outcome;
  /** Where answers have it, if not under its own name. */
  readonly shownBy?: (answered: Readonly<Record<string, unknown>>) => unknown;
}

type Attributes = Readonly<Record<string, unknown>>;

/** All attributes of one request. */
export interface Table {
  readonly title: string;
  readonly argument: string;
  readonly root: string;
  readonly successStatus: 200 | 201 | 202;
  /** Every attribute that the request's schema knows. */
  readonly attributes: readonly string[];
  readonly rows: readonly Row[];
  /** Attributes of the noun that this request must not have. */
  readonly unknown: readonly string[];
  /** The path of the attributes in a body, as faults about unknown ones print it. */
  readonly path: string;
  /** The smallest body that is accepted, with these attributes; one that is undefined stays away. */
  compose(attributes: Attributes): unknown;
  send(body: unknown): Promise<ApiResponse>;
  /** The object with the attributes, from the answer or from what is stored. */
  find(answer: ApiResponse): Promise<Attributes> | Attributes;
  /** A list may be null, and is empty then. */
  readonly isRootNullable?: boolean;
  /** Makes room for the next request after one that was accepted. */
  reset(): Promise<unknown>;
}

/** The attributes of a schema, or of what stands in it further down. */
export function attributesIn(schema: unknown, ...path: readonly string[]): readonly string[] {
  let inner = schema as JsonObject;
  for (const key of path) {
    const next = inner.properties?.[key];
    if (next === undefined) throw new Error(`the schema has no ${path.join('.')}`);
    inner = next.items ?? next;
  }
  return Object.keys(inner.properties ?? {});
}

interface JsonObject {
  readonly properties?: Readonly<Record<string, JsonObject>>;
  readonly items?: JsonObject;
}

/** Outcome of a mandatory attribute that is not there. */
export const MANDATORY = refused((at) => invalid(at.name, 'None', 'Mandatory field missing.'));
export const noOption = (name: string): Outcome =>
  refused(`None is not a valid option for ${name}`);
