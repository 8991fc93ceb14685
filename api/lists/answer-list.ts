import { type ListQuery, type ListSource, listPage } from '#core/db/list-query.ts';
import { type Answer, type ApiRequest, ok, permit } from '../http/request.ts';
import { forbidden } from '../policy/authorize.ts';
import type { RuleName } from '../policy/default-rules.ts';
import { pageLinks } from './links.ts';
import { badMarker, readListQuery, single, texts } from './read-query.ts';

/** What a list of one noun looks like. */
export interface ListShape<Row extends { readonly id: string }> {
  readonly source: ListSource<Row>;
  /** Root key of the answer: `loadbalancers`. */
  readonly plural: string;
  /** Key of the links, where it is not `<plural>_links`. */
  readonly links?: string;
  readonly toApi: (row: Row) => object;
}

/** Answers a list: whose objects is decided already. */
export async function answerList<Row extends { readonly id: string }>(
  request: ApiRequest,
  shape: ListShape<Row>,
  scope: Pick<ListQuery, 'projectId' | 'parent'>,
): Promise<Answer> {
  const { apiSettings } = request.context.config;
  const query = { ...readListQuery(request.query, shape.source, apiSettings), ...scope };
  const fields = readFields(request);
  const page = await listPage(request.context.database, shape.source, query, (row) => ({
    id: row.id,
    json: JSON.stringify(pick(shape.toApi(row), fields)),
  }));
  if (page === null) throw badMarker(query.marker ?? '');
  const links = apiSettings.allowPagination
    ? pageLinks(request, query, { first: page[0]?.id, last: page.at(-1)?.id, count: page.length })
    : null;
  const linksName = shape.links ?? `${shape.plural}_links`;
  const items = page.map(({ json }) => json).join(',');
  const json = `{"${shape.plural}":[${items}],"${linksName}":${JSON.stringify(links)}}`;
  return { status: 200, json };
}

/** Whose objects the caller may list: everybody's, one project's, or nobody's. */
export function listScope(request: ApiRequest, noun: ListedNoun): { projectId: string | null } {
  const { context, identity, query } = request;
  const wanted = single(query, 'project_id');
  const everybody = `os_load-balancer_api:${noun}:get_all-global` as const;
  if (context.policy.permits(identity, everybody, { projectId: null }))
    return { projectId: wanted ?? null };
  const projectId = wanted ?? identity.projectId;
  if (projectId === null) throw forbidden();
  permit(request, `${noun}:get_all`, projectId);
  return { projectId };
}

type ListedNoun = RuleName extends infer Rule
  ? Rule extends `${infer Noun}:get_all-global`
    ? Noun
    : never
  : never;

/** The object under its root key, cut down to the fields asked for. */
export function answerOne(request: ApiRequest, root: string, object: object): Answer {
  return ok({ [root]: pick(object, readFields(request)) });
}

function readFields(request: ApiRequest): readonly string[] {
  const { allowFieldSelection } = request.context.config.apiSettings;
  return allowFieldSelection ? texts(request.query['fields']) : [];
}

function pick(object: object, fields: readonly string[]): object {
  if (fields.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => fields.includes(name)));
}
