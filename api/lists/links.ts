import type { ListQuery } from '#core/db/list-query.ts';
import type { ApiRequest } from '../http/request.ts';
import { texts } from './read-query.ts';

interface Page {
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly count: number;
}

/** Where the neighbouring pages are: previous first, then next. Every other parameter of the request stays. */
export function pageLinks(
  request: ApiRequest,
  query: Pick<ListQuery, 'limit' | 'marker' | 'isReverse'>,
  page: Page,
): readonly { rel: string; href: string }[] {
  if (page.first === undefined || page.last === undefined) return [];
  const { limit, marker, isReverse } = query;
  const isFull = limit === null || page.count >= limit;
  // Read backwards, a page that is not full is the first one, and something always follows: the marker.
  const hasPrevious = isReverse ? isFull : marker !== null;
  const hasNext = isReverse ? marker !== null || isFull : isFull;
  return [
    ...(hasPrevious
      ? [{ rel: 'previous', href: href(request, limit, page.first, '&page_reverse=True') }]
      : []),
    ...(hasNext ? [{ rel: 'next', href: href(request, limit, page.last, '') }] : []),
  ];
}

const OURS = new Set(['limit', 'marker', 'page_reverse']);

function href(request: ApiRequest, limit: number | null, marker: string, reverse: string): string {
  const base = request.context.config.apiSettings.apiBaseUri?.replace(/\/$/, '') ?? request.base;
  const kept = Object.entries(request.query)
    .filter(([name]) => !OURS.has(name))
    .flatMap(([name, value]) =>
      texts(value).map((text) => `&${encodeURIComponent(name)}=${encodeURIComponent(text)}`),
    );
  const size = limit === null ? '' : `limit=${limit}`;
  return `${base}${request.path}?${`${size}${kept.join('')}&marker=${encodeURIComponent(marker)}${reverse}`.replace(/^&/, '')}`;
}
