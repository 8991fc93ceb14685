import type { ListKey } from '#core/db/list-key.ts';
import type { ListQuery, ListSource, SortKey, TagFilter } from '#core/db/list-query.ts';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { ApiConfig } from '../context.ts';
import type { QueryParameters } from '../http/request.ts';
import { badListParameter } from '../http/router-fault.ts';
import { pythonText } from '../schema/python-text.ts';
import { isStorable } from '../schema/text.ts';

const TAG_PARAMETERS: Readonly<Record<string, TagFilter['kind']>> = {
  tags: 'all',
  'tags-any': 'any',
  'not-tags': 'not-all',
  'not-tags-any': 'not-any',
};
const NOT_FILTERS = new Set([
  'limit',
  'marker',
  'page_reverse',
  'sort',
  'sort_key',
  'sort_dir',
  'fields',
  'project_id',
  ...Object.keys(TAG_PARAMETERS),
]);
// Every tag is an element of a bound array; more than this is no question that anybody asks.
const TAGS_MAX = 500;

/** What a list request asks for, but for whose objects: that is a matter of policy. */
export function readListQuery(
  parameters: QueryParameters,
  source: ListSource<unknown>,
  settings: ApiConfig['apiSettings'],
): Omit<ListQuery, 'projectId' | 'parent'> {
  return {
    ...readPage(parameters, settings),
    sort: settings.allowSorting ? readSort(parameters, source) : [],
    filters: settings.allowFiltering ? readFilters(parameters, source) : [],
    tags: settings.allowFiltering ? readTags(parameters) : [],
  };
}

function readPage(
  parameters: QueryParameters,
  settings: ApiConfig['apiSettings'],
): Pick<ListQuery, 'limit' | 'marker' | 'isReverse'> {
  if (!settings.allowPagination) return { limit: null, marker: null, isReverse: false };
  const marker = single(parameters, 'marker');
  return {
    limit: readLimit(parameters['limit'], settings.paginationMaxLimit),
    marker: marker ?? null,
    isReverse: single(parameters, 'page_reverse') === 'True',
  };
}

/** `infinite`, zero and less mean no limit. */
function readLimit(given: QueryParameters[string], configuredMax: string): number | null {
  const max = limitOf(configuredMax) ?? null;
  if (given === undefined) return max;
  const limit = typeof given === 'string' ? limitOf(given) : undefined;
  if (limit === undefined) {
    const shown = pythonText(given);
    throw badListParameter(`Supplied pagination limit '${shown}' is not valid.`);
  }
  if (limit === null) return null;
  return max === null ? limit : Math.min(limit, max);
}

function limitOf(text: string): number | null | undefined {
  if (text.toLowerCase() === 'infinite') return null;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) return undefined;
  // More than the database counts is as much as it counts.
  const number = Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  return number <= 0 ? null : number;
}

function readSort(parameters: QueryParameters, source: ListSource<unknown>): SortKey[] {
  const pairs =
    parameters['sort'] === undefined ? readPairs(parameters) : readSortPieces(parameters);
  return pairs.map(([name, direction]) => {
    if (direction !== 'asc' && direction !== 'desc')
      throw badListParameter(`Supplied sort direction '${direction}' is not valid.`);
    return { key: sortKey(name, source), direction };
  });
}

type Pair = readonly [name: string, direction: string];

function readSortPieces(parameters: QueryParameters): Pair[] {
  return texts(parameters['sort'])
    .flatMap((text) => text.split(','))
    .map((piece) => {
      const parts = piece.split(':');
      if (parts.length > 2)
        throw badListParameter(`Supplied sort key '${pythonText(parts)}' is not valid.`);
      return [parts[0] ?? '', parts[1] ?? 'asc'];
    });
}

function readPairs(parameters: QueryParameters): Pair[] {
  const keys = texts(parameters['sort_key']).flatMap((text) => text.split(','));
  const directions = texts(parameters['sort_dir']).flatMap((text) => text.split(','));
  return keys.map((key, index) => [key, directions[index] ?? 'asc']);
}

// Reached through another table, so no column to order by; the database's own name is the sort key.
const NOT_SORTABLE = new Set(['loadbalancer_id']);

function sortKey(name: string, source: ListSource<unknown>): ListKey {
  const key = NOT_SORTABLE.has(name) ? undefined : keyNamed(source, name);
  if (key === undefined)
    throw new OctaviaError(ErrorCode.InvalidInput, `Supplied sort key '${name}' is not valid.`);
  return key;
}

function readFilters(
  parameters: QueryParameters,
  source: ListSource<unknown>,
): ListQuery['filters'] {
  return Object.entries(parameters)
    .filter(([name]) => !NOT_FILTERS.has(name))
    .map(([name, value]) => {
      const key = keyNamed(source, name);
      if (key === undefined || typeof value !== 'string' || !isStorable(value))
        throw invalidFilter();
      return { key, value };
    });
}

function keyNamed(source: ListSource<unknown>, name: string): ListKey | undefined {
  return Object.hasOwn(source.keys, name) ? source.keys[name] : undefined;
}

function readTags(parameters: QueryParameters): TagFilter[] {
  return Object.entries(TAG_PARAMETERS).flatMap(([name, kind]) => {
    const tags = texts(parameters[name]).flatMap((text) => text.split(','));
    if (tags.length > TAGS_MAX || !tags.every(isStorable)) throw invalidFilter();
    return parameters[name] === undefined ? [] : [{ kind, tags }];
  });
}

/** A parameter that may stand once, and that the database can be asked about. */
export function single(parameters: QueryParameters, name: string): string | undefined {
  const value = parameters[name];
  if (value !== undefined && (typeof value !== 'string' || !isStorable(value)))
    throw invalidFilter();
  return value;
}

export function texts(value: QueryParameters[string]): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

export function invalidFilter(): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidInput,
    'One or more arguments are either duplicate or invalid',
  );
}

export function badMarker(marker: string): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidInput,
    `Supplied pagination marker '${marker}' is not valid.`,
  );
}
