import type { QuotaLimits, QuotaNoun } from '../../domain/quota.ts';
import type { ListKey } from '../list-key.ts';
import type { ListSource } from '../list-query.ts';
import { limitColumn, limitsOf } from '../repositories/quota.ts';
import { text } from './keys.ts';

/** A project's quota as lists read it: pages are cut by the project's id. */
export type ListedQuota = QuotaLimits & { readonly id: string };

const NAMES: readonly (readonly [string, QuotaNoun])[] = [
  ['loadbalancer', 'loadBalancer'],
  ['load_balancer', 'loadBalancer'],
  ['listener', 'listener'],
  ['pool', 'pool'],
  ['member', 'member'],
  ['healthmonitor', 'healthMonitor'],
  ['health_monitor', 'healthMonitor'],
  ['l7policy', 'l7Policy'],
  ['l7rule', 'l7Rule'],
];

/** Projects that have a record. A limit that was never set is the default, to filters too. */
export function listedQuotas(defaults: QuotaLimits): ListSource<ListedQuota> {
  const limit = (noun: QuotaNoun): ListKey => ({
    column: limitColumn('t', noun, defaults),
    type: 'integer',
    isNullable: false,
  });
  return {
    table: 'quota',
    select: `t.project_id as "id", ${limitsOf('t', defaults)}`,
    visible: 'true',
    projectColumn: 't.project_id',
    hasTags: false,
    key: text('project_id'),
    keys: {
      project_id: text('project_id'),
      ...Object.fromEntries(NAMES.map(([name, noun]) => [name, limit(noun)])),
    },
  };
}
