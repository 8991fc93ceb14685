import type { Queryable } from '../ports/transaction.ts';
import { eachRow } from './each-row.ts';
import { type Bind, comparable, equals, isUuid, type ListKey } from './list-key.ts';
import type { Database } from './pool.ts';
import { prepared } from './prepared.ts';

/** What there is to list of a noun. In all SQL the noun's row is `t`. */
export interface ListSource<Row> {
  readonly table: string;
  /** Select list for one row. Subselects in it run for the rows of the page only. */
  readonly select: string;
  /** Joins to a whole page, which is `page`: where a subselect for each of its rows would cost more. */
  readonly pageJoins?: { readonly select: string; readonly from: string };
  /** Rows that exist for users; `true` when all do. */
  readonly visible: string;
  /** By API name and by database name. */
  readonly keys: Readonly<Record<string, ListKey>>;
  /** Column of the owner, and of the tags when the noun has them. */
  readonly projectColumn: string;
  readonly hasTags: boolean;
  /** What markers name, and what the list is ordered by last; absent: the id, after the time of creation. */
  readonly key?: ListKey;
  readonly row?: Row;
}

export interface TagFilter {
  readonly kind: 'all' | 'any' | 'not-all' | 'not-any';
  readonly tags: readonly string[];
}

export interface SortKey {
  readonly key: ListKey;
  readonly direction: 'asc' | 'desc';
}

export interface ListQuery {
  /** Null: everybody's. */
  readonly projectId: string | null;
  readonly filters: readonly { readonly key: ListKey; readonly value: string }[];
  readonly tags: readonly TagFilter[];
  /** Before the order that every list has. */
  readonly sort: readonly SortKey[];
  readonly marker: string | null;
  /** The page that ends before the marker, in place of the one that begins after it. */
  readonly isReverse: boolean;
  /** Null: no limit. */
  readonly limit: number | null;
  /** Rows of one parent only. */
  readonly parent?: { readonly column: string; readonly id: string };
}

const ID: ListKey = { column: 't.id', type: 'uuid', isNullable: false };
const CREATED_AT: ListKey = { column: 't.created_at', type: 'timestamp', isNullable: false };

function lastKeys({ key }: ListSource<unknown>): readonly SortKey[] {
  const keys = key ? [key] : [CREATED_AT, ID];
  return keys.map((each) => ({ key: each, direction: 'asc' }));
}

/**
 * One page of a list, in one statement.
 * @param show makes of a row what the page shall hold of it, as soon as the row is there
 * @returns null when the marker is unknown
 */
export async function listPage<Row extends object, Shown>(
  database: Database,
  source: ListSource<Row>,
  query: ListQuery,
  show: (row: Row) => Shown,
): Promise<readonly Shown[] | null> {
  if (query.marker !== null && !(await markerExists(database, source, query.marker))) return null;
  const binds: unknown[] = [];
  const bind = (value: unknown): string => `$${binds.push(value)}`;
  const sort = [...query.sort, ...lastKeys(source)];
  const conditions = [
    source.visible,
    ...conditionsOf(source, query, bind),
    ...(query.marker === null ? [] : [beyondMarker(source, sort, query, bind)]),
  ];
  const order = sort.map((each) => `${comparable(each.key)} ${directionOf(each, query.isReverse)}`);
  const limit = query.limit === null ? '' : `limit ${bind(query.limit)}`;
  const { select, from } = source.pageJoins ?? { select: source.select, from: '' };
  const text = `with page as materialized (
       select t.* from ${source.table} t where ${conditions.join(' and ')} order by ${order.join(', ')} ${limit}
     ) select ${select} from page t ${from} order by ${order.join(', ')}`;
  const page: Shown[] = [];
  await eachRow<Row>(database, isPlain(query) ? prepared(text) : text, binds, (row) => {
    page.push(show(row));
  });
  return query.isReverse ? page.toReversed() : page;
}

/** Most lists are; the others are of as many kinds as users think of. */
function isPlain({ filters, tags, sort, marker }: ListQuery): boolean {
  return filters.length === 0 && tags.length === 0 && sort.length === 0 && marker === null;
}

/** One row as lists show it; null when there is none that users may see. */
export async function findListed<Row extends object>(
  db: Queryable,
  source: ListSource<Row>,
  id: string,
): Promise<Row | null> {
  const found = await db.query<Row>(oneOf(source), [id]);
  return found.rows[0] ?? null;
}

const ones = new WeakMap<ListSource<unknown>, string>();

/** Put together once: the texts are long, and to be looked up each has to be hashed. */
function oneOf(source: ListSource<unknown>): string {
  const known = ones.get(source);
  if (known !== undefined) return known;
  const text = `select ${source.select} from ${source.table} t where t.id = $1 and ${source.visible}`;
  ones.set(source, prepared(text));
  return text;
}

async function markerExists(
  db: Queryable,
  source: ListSource<unknown>,
  marker: string,
): Promise<boolean> {
  const { column, type } = source.key ?? ID;
  if (type === 'uuid' && !isUuid(marker)) return false;
  const found = await db.query(`select from ${source.table} t where ${column} = $1`, [marker]);
  return found.rowCount === 1;
}

function conditionsOf(source: ListSource<unknown>, query: ListQuery, bind: Bind): string[] {
  return [
    ...(query.parent ? [`${query.parent.column} = ${bind(query.parent.id)}`] : []),
    ...(query.projectId === null ? [] : [`${source.projectColumn} = ${bind(query.projectId)}`]),
    ...query.filters.map((filter) => equals(filter.key, filter.value, bind)),
    ...(source.hasTags ? query.tags.map((filter) => tagCondition(filter, bind)) : []),
  ];
}

function tagCondition({ kind, tags }: TagFilter, bind: Bind): string {
  const operator = kind === 'all' || kind === 'not-all' ? '@>' : '&&';
  const matches = `t.tags ${operator} ${bind(tags)}::text[]`;
  return kind === 'all' || kind === 'any' ? matches : `not (${matches})`;
}

function directionOf({ direction }: SortKey, isReverse: boolean): 'asc' | 'desc' {
  return (direction === 'asc') === isReverse ? 'desc' : 'asc';
}

/** `(a, b, c)` lies beyond the marker's: a beyond, or a equal and b beyond, or both equal and c beyond. */
function beyondMarker(
  source: ListSource<unknown>,
  sort: readonly SortKey[],
  query: ListQuery,
  bind: Bind,
): string {
  const place = bind(query.marker);
  const ofMarker = (key: ListKey): string =>
    `(select ${comparable(key)} from ${source.table} t where ${(source.key ?? ID).column} = ${place})`;
  const alternatives = sort.map((each, index) => {
    const equal = sort.slice(0, index).map(({ key }) => `${comparable(key)} = ${ofMarker(key)}`);
    const operator = directionOf(each, query.isReverse) === 'asc' ? '>' : '<';
    return [...equal, `${comparable(each.key)} ${operator} ${ofMarker(each.key)}`].join(' and ');
  });
  return `(${alternatives.map((each) => `(${each})`).join(' or ')})`;
}
