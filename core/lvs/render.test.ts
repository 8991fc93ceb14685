import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DriverFailure } from '../domain/errors.ts';
import type { HealthMonitor } from '../domain/health-monitor.ts';
import type { PoolTree } from '../domain/load-balancer-tree.ts';
import type { Member } from '../domain/member.ts';
import { renderLvs } from './render.ts';
import {
  type GoldenLvs,
  goldenLvsNames,
  IMAGE_CONTEXT,
  readGoldenLvs,
} from './testing/golden-lvs.ts';

/** What these cases record is a defect of the original; what we do instead stands below. */
const DEFECTS = ['lvs-03-http-get', 'lvs-04-http-head'];

describe('what the original writes for LVS is what we write', () => {
  const faithful = goldenLvsNames().filter((name) => !DEFECTS.includes(name));
  test.each(faithful)('%s', (name) => {
    expect(linesOf(rendered(readGoldenLvs(name)))).toEqual(linesOf(readGoldenLvs(name).config));
  });
});

describe('where the original is wrong, we write what was meant', () => {
  test('03: any of the expected codes is good, where the original asks for all of them at once', () => {
    const text = rendered(readGoldenLvs('lvs-03-http-get'));
    expect(text.match(/url \{/g)).toHaveLength(2);
    expect(linesOf(text)).toContain('status_code 200-202');
    const listed = rendered(readGoldenLvs('lvs-03-http-get'), { expectedCodes: '200, 404' });
    expect(linesOf(listed)).toContain('status_code 200 404');
  });

  test('04: a member whose monitor asks by HEAD is checked by GET, by any other method by TCP', () => {
    const golden = readGoldenLvs('lvs-04-http-head');
    expect(rendered(golden).match(/HTTP_GET/g)).toHaveLength(2);
    const other = rendered(golden, { httpMethod: 'POST' });
    expect(other.match(/HTTP_GET|TCP_CHECK/g)).toEqual(['TCP_CHECK', 'TCP_CHECK']);
  });

  test('SOURCE_IP_PORT, which the original refuses, hashes the port too', () => {
    const golden = readGoldenLvs('lvs-01-udp-basic');
    const text = rendered(golden, {}, (pool) => ({ ...pool, lbAlgorithm: 'SOURCE_IP_PORT' }));
    expect(linesOf(text)).toContain('sh-port');
  });
});

describe('values from tenants', () => {
  const golden = readGoldenLvs('lvs-03-http-get');
  const shape = structureOf(rendered(golden));

  test('never add a line, a block, a comment or a variable, whatever they hold', () => {
    const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), hostile);
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (path, codes, host, address) => {
        const tries = [
          () => rendered(golden, { urlPath: path }),
          () => rendered(golden, { urlPath: `/${path}` }),
          () => rendered(golden, { expectedCodes: codes }),
          () => rendered(golden, {}, withMembers({ address })),
          () => rendered(golden, {}, withMembers({ monitorAddress: address })),
        ];
        for (const attempt of tries) expect(structureOf(orRefusal(attempt, shape))).toEqual(shape);
        const named = orRefusal(() => rendered(golden, { domainName: host, httpVersion: 1.1 }), '');
        if (named !== '')
          expect(structureOf(named.replaceAll(/ *virtualhost \S+\n/g, ''))).toEqual(shape);
      }),
      { numRuns: 100 },
    );
  });
});

const hostile = fc.constantFrom(
  'x\n    weight 9',
  '/a"b',
  '/a#b',
  '/a!b',
  '/a$HOME',
  '/}',
  '1.2.3.4 53 {',
  '200\n}',
  '1.2.3.4%eth0',
);

function rendered(
  { tree, listener }: GoldenLvs,
  monitor: Partial<HealthMonitor> = {},
  change: (pool: PoolTree) => PoolTree = (pool) => pool,
): string {
  const pools = tree.pools.map((pool) =>
    change({
      ...pool,
      healthMonitor: pool.healthMonitor && { ...pool.healthMonitor, ...monitor },
    }),
  );
  return renderLvs(listener, { ...tree, pools }, IMAGE_CONTEXT);
}

function withMembers(changed: Partial<Member>): (pool: PoolTree) => PoolTree {
  return (pool) => ({ ...pool, members: pool.members.map((each) => ({ ...each, ...changed })) });
}

/** What is refused by name cannot harm. */
function orRefusal(render: () => string, otherwise: string | readonly string[]): string {
  try {
    return render();
  } catch (error) {
    expect(error).toBeInstanceOf(DriverFailure);
    return typeof otherwise === 'string' ? otherwise : otherwise.join('\n');
  }
}

/** First words and braces, as keepalived's parser takes lines apart. */
function structureOf(config: string): readonly string[] {
  return linesOf(config)
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      expect(line).not.toMatch(/[$@#!\p{Cc}]/u);
      const [first = ''] = line.split(' ');
      return line.endsWith('{') ? `${first} {` : first;
    });
}

function linesOf(config: string): readonly string[] {
  return config
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
