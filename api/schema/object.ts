import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import {
  type FieldType,
  invalidKind,
  invalidValue,
  type JsonSchema,
  type MandatoryField,
  type Place,
} from './field.ts';

type AnyField = FieldType<unknown> | MandatoryField<unknown>;
export type Fields = Readonly<Record<string, AnyField>>;

/** What a client sent: an absent attribute is absent here too, and null stays null. */
export type Sent<Own extends Fields> = {
  readonly [Key in keyof Own]?: (Own[Key] extends FieldType<infer Value> ? Value : never) | null;
};

/** An object of known attributes. Order of faults: unknown attributes first, then each attribute as declared. */
export function object<Own extends Fields>(fields: Own): FieldType<Sent<Own>> {
  const entries = Object.entries(fields);
  return {
    schema: objectSchema(entries),
    parse(value, at) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw invalidValue(at, value, 'Value should be an object');
      const given = value as Readonly<Record<string, unknown>>;
      refuseUnknown(given, fields, at);
      const sent: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        if (!Object.hasOwn(given, name)) {
          refuseMissing(field, name, at);
          continue;
        }
        const own = given[name];
        sent[name] = own === null ? null : field.parse(own, { ...at, path: [...at.path, name] });
      }
      return sent as Sent<Own>;
    },
  };
}

/** A whole request body: an object with the noun as its only key. */
export interface BodyType<Value> {
  readonly schema: JsonSchema;
  readonly argument: string;
  readonly root: string;
  /** @param body undefined: the request had none */
  parse(body: unknown): Value;
}

export function body<Value>(
  argument: string,
  root: string,
  type: FieldType<Value>,
): BodyType<Value> {
  const schema = { type: 'object', required: [root], properties: { [root]: type.schema } };
  return {
    schema: { ...schema, additionalProperties: false },
    argument,
    root,
    parse(value) {
      if (value === undefined)
        throw new OctaviaError(ErrorCode.InvalidInput, `Missing argument: "${argument}"`);
      const at: Place = { argument, path: [], body: value };
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw invalidKind(at, 'Value should be an object');
      const given = value as Readonly<Record<string, unknown>>;
      refuseUnknown(given, { [root]: type }, at);
      const inner = given[root] ?? null;
      if (inner === null)
        throw invalidValue({ ...at, path: [root] }, null, 'Mandatory field missing.');
      return type.parse(inner, { ...at, path: [root] });
    },
  };
}

function refuseUnknown(
  given: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
  at: Place,
): void {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(fields, name));
  if (unknown.length === 0) return;
  const noun = unknown.length === 1 ? 'attribute' : 'attributes';
  const path = [at.argument, ...at.path].join('.');
  throw new OctaviaError(
    ErrorCode.InvalidInput,
    `Unknown ${noun} for argument ${path}: ${unknown.toSorted().join(', ')}`,
  );
}

function refuseMissing(field: AnyField, name: string, at: Place): void {
  if (!('isMandatory' in field)) return;
  throw invalidValue({ ...at, path: [...at.path, name] }, null, 'Mandatory field missing.');
}

function objectSchema(entries: readonly (readonly [string, AnyField])[]): JsonSchema {
  const required = entries.filter(([, field]) => 'isMandatory' in field).map(([name]) => name);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(entries.map(([name, field]) => [name, field.schema])),
  };
}
