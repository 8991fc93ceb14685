import { describe, expect, test } from 'vitest';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { renderHaproxy, renderWritable } from './render.ts';
import { servedListeners, servedPools } from './served-tree.ts';
import { readGoldenCase } from './testing/golden-case.ts';
import { goldenCertificateFiles } from './testing/golden-certificates.ts';
import { Unwritable } from './unwritable.ts';

const { tree, context } = readGoldenCase('53-kitchen-sink', goldenCertificateFiles());
const withPolicies = tree.listeners.filter(({ l7Policies }) => l7Policies.length > 0);
const [bad] = withPolicies;
if (bad === undefined) throw new Error('the case has no policies');
const [policy] = bad.l7Policies.filter(({ isEnabled, rules }) => isEnabled && rules.length > 0);

/** One rule of one listener has a key that HAProxy would take for two. */
const damaged: LoadBalancerTree = {
  ...tree,
  listeners: tree.listeners.map((listener) =>
    listener.id === bad.id
      ? {
          ...listener,
          l7Policies: listener.l7Policies.map((each) =>
            each.id === policy?.id
              ? {
                  ...each,
                  rules: each.rules.map((rule) => ({ ...rule, type: 'HEADER', key: 'a,b' })),
                }
              : each,
          ),
        }
      : listener,
  ),
};

describe('a listener that cannot be written', () => {
  test('is named with its policy, the rule, and what would be right', () => {
    expect(renderWritable(damaged, context).unwritable).toEqual([
      {
        listenerId: bad.id,
        l7PolicyId: policy?.id,
        reason: expect.stringMatching(/L7 rule \S+: key must be one word without commas/),
      },
    ]);
  });

  test('is left out, and the file is that of the load balancer without it', () => {
    const others = tree.listeners.filter(({ id }) => id !== bad.id);
    expect(renderWritable(damaged, context).config).toBe(
      renderHaproxy({ ...tree, listeners: others }, context),
    );
  });

  test('is refused where all or nothing is to be written', () => {
    expect(() => renderHaproxy(damaged, context)).toThrow(Unwritable);
    expect(renderWritable(tree, context)).toEqual({
      config: renderHaproxy(tree, context),
      unwritable: [],
    });
  });

  test('takes those along that use the same pool, and no others', () => {
    const using = (poolId: string | undefined): readonly string[] =>
      servedListeners(tree)
        .filter((listener) => servedPools(tree, listener).some(({ id }) => id === poolId))
        .map(({ id }) => id);
    const shared = tree.pools.find(({ id }) => using(id).length > 1);
    const sessionPersistence = {
      type: 'APP_COOKIE',
      cookieName: 'a(b',
      persistenceTimeoutSeconds: null,
      persistenceGranularity: null,
    } as const;
    const pools = tree.pools.map((pool) =>
      pool.id === shared?.id ? { ...pool, sessionPersistence } : pool,
    );
    const { unwritable } = renderWritable({ ...tree, pools }, context);
    expect(unwritable.map(({ listenerId }) => listenerId)).toEqual(using(shared?.id));
    expect(unwritable[0]).toMatchObject({
      l7PolicyId: null,
      reason: expect.stringContaining('cookie_name'),
    });
  });
});
