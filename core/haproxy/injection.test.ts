import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DriverFailure } from '../domain/errors.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { renderHaproxy } from './render.ts';
import { type GoldenCase, readGoldenCase } from './testing/golden-case.ts';
import { goldenCertificateFiles } from './testing/golden-certificates.ts';
import { HARMLESS, hostile, TENANT_FIELDS, withRules } from './testing/tenant-fields.ts';
import { wordsOf } from './testing/words.ts';

/** Listeners of every protocol, TLS, policies, cookies, all monitors' fields: something to inject into everywhere. */
const golden = slim(readGoldenCase('53-kitchen-sink', goldenCertificateFiles()));

describe('no text of a tenant can add a word or a line to haproxy.cfg', () => {
  test.each(Object.keys(TENANT_FIELDS))('%s', (field) => {
    const put = TENANT_FIELDS[field];
    if (put === undefined) throw new Error(field);
    const calm = HARMLESS.map((text) => structureOf(put(golden.tree, text))).find(Boolean);
    expect(calm).toBeDefined();
    fc.assert(
      fc.property(hostile, (text) => {
        const attacked = structureOf(put(golden.tree, text));
        if (attacked !== null) expect(attacked).toEqual(calm);
      }),
    );
  });

  test('a value that is written is read back as it was stored', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const words = wordsIn(
          withRules(golden.tree, { value, type: 'PATH', compareType: 'EQUAL_TO' }),
        );
        const acl = words?.find(([keyword]) => keyword === 'acl');
        if (acl !== undefined) expect(acl.at(-1)).toBe(value);
      }),
    );
  });

  test.each(['group', 'a group', 'a group of', '\\ group'])(
    'nothing of "%s" is taken for a group that old controllers named',
    (value) => {
      const tree = withRules(golden.tree, { value, type: 'PATH', compareType: 'EQUAL_TO' });
      const config = renderHaproxy(tree, golden.context);
      expect(config.replaceAll(/\s+group\s.*/g, '')).toBe(config);
      expect(
        wordsOf(config)
          .find(([keyword]) => keyword === 'acl')
          ?.at(-1),
      ).toBe(value);
    },
  );

  test('a value that looks like a flag is a value', () => {
    const words = wordsIn(withRules(golden.tree, { value: '-i', type: 'PATH' }));
    expect(words?.find(([keyword]) => keyword === 'acl')?.slice(-2)).toEqual(['--', '-i']);
  });
});

/** Two members a pool show as much as twenty. */
function slim(whole: GoldenCase): GoldenCase {
  const pools = whole.tree.pools.map((pool) => ({ ...pool, members: pool.members.slice(0, 2) }));
  return { ...whole, tree: { ...whole.tree, pools } };
}

/** First word and number of words of each line; null when it was refused, as it must be: permanently. */
function structureOf(tree: LoadBalancerTree): readonly string[] | null {
  const lines = wordsIn(tree);
  if (lines === null) return null;
  return lines.map((words) => {
    const counted = words.filter((word, index) => !(word === '--' && index === words.length - 2));
    return `${words[0]} ${counted.length}`;
  });
}

function wordsIn(tree: LoadBalancerTree): ReturnType<typeof wordsOf> | null {
  try {
    return wordsOf(renderHaproxy(tree, golden.context));
  } catch (error) {
    expect(error).toBeInstanceOf(DriverFailure);
    expect(error).toMatchObject({ isRetryable: false });
    return null;
  }
}
