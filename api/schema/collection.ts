import { type FieldType, invalidKind, invalidValue } from './field.ts';
import { pythonText } from './python-text.ts';
import { str } from './text.ts';

/** A JSON array; null items are items of the wrong kind. */
export function list<Item>(item: FieldType<Item>): FieldType<readonly Item[]> {
  return {
    schema: { type: 'array', items: item.schema },
    parse(value, at) {
      if (!Array.isArray(value))
        throw invalidKind(at, `Value not a valid list: ${pythonText(value)}`);
      return value.map((each: unknown) => {
        if (each === null) throw invalidValue(at, each, 'Value should not be null');
        return item.parse(each, at);
      });
    },
  };
}

/** An array whose order and repetitions mean nothing: kept sorted, each item once. */
export function setOf(item: FieldType<string>): FieldType<readonly string[]> {
  const plain = list(item);
  return {
    schema: { ...plain.schema, uniqueItems: true },
    parse: (value, at) => [...new Set(plain.parse(value, at))].toSorted(),
  };
}

export const tags = setOf(str(255));

/** An object of strings. */
export const map: FieldType<Readonly<Record<string, string>>> = {
  schema: { type: 'object', additionalProperties: { type: 'string', maxLength: 255 } },
  parse(value, at) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalidKind(at, `Value not a valid dict: ${pythonText(value)}`);
    const text = str(255);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [text.parse(key, at), text.parse(item, at)]),
    );
  },
};
