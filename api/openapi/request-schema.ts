import type { JsonSchema } from '../schema/field.ts';
import { nullable } from './answer-schema.ts';

/** The shape of a request as clients may send it: any attribute may be null, which stands for its default. */
export function requestSchema(body: JsonSchema): JsonSchema {
  const [[root, inner] = ['', {}]] = Object.entries(body['properties'] as Properties);
  return { ...body, properties: { [root]: withNulls(inner) } };
}

type Properties = Readonly<Record<string, JsonSchema>>;

function withNulls(schema: JsonSchema): JsonSchema {
  const { properties, items } = schema as { properties?: Properties; items?: JsonSchema };
  return {
    ...schema,
    ...(items ? { items: withNulls(items) } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, nullable(withNulls(field))]),
          ),
        }
      : {}),
  };
}
