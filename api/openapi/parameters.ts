import type { Endpoint } from '../http/resource.ts';
import type { JsonSchema } from '../schema/field.ts';
import { flag, listOf, text } from './answer-schema.ts';

const LISTED: readonly (readonly [name: string, description: string, schema: JsonSchema])[] = [
  ['limit', 'How many at most; `infinite` for all', text],
  ['marker', 'The id after which the page begins', text],
  ['page_reverse', '`True`: the page before the marker', text],
  ['sort', 'Keys with directions, e.g. `name:asc,created_at:desc`', text],
  ['sort_key', 'Keys to sort by, instead of `sort`', text],
  ['sort_dir', '`asc` or `desc` for each sort_key', text],
  ['fields', 'Attributes to answer, all if none is named', listOf(text)],
  ['project_id', 'Only those of this project', text],
  ['tags', 'Only those with all of these tags, separated by commas', text],
  ['tags-any', 'Only those with any of these tags', text],
  ['not-tags', 'Only those without all of these tags', text],
  ['not-tags-any', 'Only those without any of these tags', text],
];

/** The query parameters that several operations share. */
export const PARAMETERS: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  LISTED.map(([name, description, schema]) => [name, { name, in: 'query', description, schema }]),
);

export function pathParameters(path: string): readonly JsonSchema[] {
  return Array.from(path.matchAll(/:([A-Za-z]+)/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: text,
  }));
}

/** A list takes those of every list, and attributes as filters; a verb that names its own takes no others. */
export function queryParameters(endpoint: Endpoint, isList: boolean): readonly JsonSchema[] {
  if (endpoint.parameters)
    return endpoint.parameters.map((name) => ({ name, in: 'query', schema: flag }));
  const names = isList ? Object.keys(PARAMETERS) : ['fields'];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
