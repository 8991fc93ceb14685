import type { JsonSchema } from '../schema/field.ts';

/** The words that answers are described with. */
export const nullable = (schema: JsonSchema): JsonSchema => ({
  oneOf: [schema, { type: 'null' }],
});
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
export const named = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

export const text: JsonSchema = { type: 'string' };
export const maybeText = nullable(text);
export const uuid: JsonSchema = { type: 'string', format: 'uuid' };
export const maybeUuid = nullable(uuid);
export const whole: JsonSchema = { type: 'integer' };
export const maybeWhole = nullable(whole);
export const flag: JsonSchema = { type: 'boolean' };
export const time: JsonSchema = {
  type: 'string',
  pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$`,
  description: 'UTC, without a zone',
};
export const maybeTime = nullable(time);
export const texts = listOf(text);
export const references = listOf(named('Reference'));

/** An object with just these attributes, all of them there unless named otherwise. */
export function answer(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties, additionalProperties: false };
}
