import { getObject, type ObjectGetDeps } from './object-get.ts';
import type { RequestHandler } from './socket.ts';
import { type StatsUpdateDeps, updateStatistics } from './stats-update.ts';
import { type StatusUpdateDeps, updateStatuses } from './status-update.ts';

// What each socket does with a request, and how it says no in octavia-lib's words.

export function statusHandler(deps: StatusUpdateDeps): RequestHandler {
  return {
    handle: (request) => updateStatuses(deps, request),
    refusal: (reason) => ({ status_code: 500, fault_string: reason }),
  };
}

export function statsHandler(deps: StatsUpdateDeps): RequestHandler {
  return {
    handle: (request) => updateStatistics(deps, request),
    refusal: (reason) => ({ status_code: 500, fault_string: reason, stats_object: 'listeners' }),
  };
}

/** Of an object there is only the object or `{}` for none: a refusal has no words. */
export function getHandler(deps: ObjectGetDeps): RequestHandler {
  return { handle: (request) => getObject(deps, request), refusal: () => null };
}
