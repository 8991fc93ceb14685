import { text } from './kinds.ts';
import { positions, sharedPolicyRows, withAction } from './l7-policy.ts';
import { sharedRuleRows } from './l7-rule.ts';
import { object } from './list-kinds.ts';
import { type Nested, nothing, owned, POOL } from './nested-table.ts';
import { type Refused, type Row, refused, shown } from './table.ts';

const LISTENER = { protocol: 'HTTP', protocol_port: 80 };
const policies = (l7policies: readonly object[]) => ({ listeners: [{ ...LISTENER, l7policies }] });

export const policy: Nested = {
  words: 'an L7 policy',
  path: ['listeners', 'l7policies'],
  rows: [
    ...sharedPolicyRows('create'),
    { ...positions(1), absent: shown(1), whenNull: shown(1) },
    {
      name: 'redirect_pool',
      kind: object,
      accepts: [[POOL, true]],
      absent: refused(
        'Invalid L7 Policy arguments: redirect_pool_id or redirect_pool must not be None',
      ),
      whenNull: refused(
        'Invalid L7 Policy arguments: redirect_pool_id or redirect_pool must not be None',
      ),
      shownBy: ({ redirect_pool_id }) => redirect_pool_id !== null,
    },
    { name: 'rules', ...nothing },
  ],
  unknown: [...owned, 'listener_id', 'redirect_pool_id'],
  around: (attributes) =>
    policies([
      {
        ...withAction(attributes),
        ...('redirect_pool' in attributes ? { action: 'REDIRECT_TO_POOL' } : {}),
        ...attributes,
      },
    ]),
  find: ({ listeners }) => listeners[0].l7policies[0],
};

/** Line breaks are no matter of shape here, but of characters. */
function ruleRow(row: Row): Row {
  if (row.name !== 'key' && row.name !== 'value') return row;
  const what = row.name === 'key' ? 'key' : 'header value';
  const breaks = ['a\nb', 'a\rb', '\n'].map(
    (sent): Refused => [sent, `Error parsing L7Rule: Invalid characters in ${what}`],
  );
  return {
    ...row,
    kind: { accepts: row.kind.accepts, refuses: text(255).refuses },
    refuses: [...(row.refuses ?? []), ...breaks],
  };
}

export const rule: Nested = {
  words: 'an L7 rule',
  path: ['listeners', 'l7policies', 'rules'],
  rows: sharedRuleRows('create').map(ruleRow),
  unknown: [...owned, 'l7policy_id'],
  around(attributes) {
    const own = { type: 'HEADER', compare_type: 'STARTS_WITH', key: 'X-App', value: 'a' };
    return policies([{ action: 'REJECT', rules: [{ ...own, ...attributes }] }]);
  },
  find: ({ listeners }) => listeners[0].l7policies[0].rules[0],
};
