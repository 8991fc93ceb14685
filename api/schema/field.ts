import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { pythonText } from './python-text.ts';

/** What OpenAPI will say about a type. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where in a request body a value stands: fault texts name it. */
export interface Place {
  /** The name of the body for fault texts, e.g. `load_balancer`. */
  readonly argument: string;
  /** From the root key down; the last is the attribute itself. */
  readonly path: readonly string[];
  readonly body: unknown;
}

/** A type of values in requests: checks, coerces, and knows its JSON schema. Null never reaches `parse`. */
export interface FieldType<Value> {
  readonly schema: JsonSchema;
  /** @throws OctaviaError with the exact fault text */
  parse(value: unknown, at: Place): Value;
}

export interface MandatoryField<Value> extends FieldType<Value> {
  readonly isMandatory: true;
}

/** The attribute must be in the body; null passes here, since what null means differs per attribute. */
export function mandatory<Value>(type: FieldType<Value>): MandatoryField<Value> {
  return { schema: type.schema, parse: (value, at) => type.parse(value, at), isMandatory: true };
}

/** A value of the right kind that breaks a rule of its attribute: the text names the attribute and the value. */
export function invalidValue(at: Place, value: unknown, tail: string): OctaviaError {
  return invalidInput(at.path.at(-1) ?? at.argument, value, tail);
}

/** A value of the wrong kind altogether: the text shows the whole body. */
export function invalidKind(at: Place, tail: string): OctaviaError {
  return invalidInput(at.argument, at.body, tail);
}

function invalidInput(attribute: string, value: unknown, tail: string): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidInput,
    `Invalid input for field/attribute ${attribute}. Value: '${pythonText(value)}'. ${tail}`,
  );
}
