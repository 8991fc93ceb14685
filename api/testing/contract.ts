import { expect } from 'vitest';
import type { Api } from './harness.ts';

const NOUNS = [
  'load_balancer',
  'listener',
  'pool',
  'member',
  'health_monitor',
  'l7_policy',
  'l7_rule',
];

/** A refused request leaves no lock behind and no half-made object. */
export async function expectNothingPending(api: Api): Promise<void> {
  const pending = await api.database.query(
    NOUNS.map(
      (noun) =>
        `select '${noun}' as noun, id from ${noun} where provisioning_status like 'PENDING%'`,
    ).join(' union all '),
  );
  expect(pending.rows, 'rows left pending').toEqual([]);
}

/** The fault text of a value that breaks a rule of its attribute. */
export function invalid(attribute: string, value: string, tail: string): string {
  return `Invalid input for field/attribute ${attribute}. Value: '${value}'. ${tail}`;
}
