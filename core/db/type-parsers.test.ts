import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { parseTexts, parseTimestamp } from './type-parsers.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const LISTS = [[], ['a'], ['a', ''], ['NULL', 'x,y'], ['{}', '"', '\\'], ['é', ' b ']];

test('lists of texts come back as they went in, whatever they hold', async () => {
  for (const list of LISTS) {
    const found = await own.database.query('select $1::text[] as list', [list]);
    expect(found.rows[0].list).toEqual(list);
  }
  expect(parseTexts('{a,b}')).toEqual(['a', 'b']);
});

test('times are read alike by the fast and the slow way, in any zone and with fractions', async () => {
  const texts = ['2026-01-02T03:04:05Z', '1970-01-01T00:00:00Z', '2026-12-31T23:59:59.5Z'];
  for (const zone of ['UTC', 'Asia/Kolkata'])
    for (const text of texts) {
      const client = await own.database.connect();
      await client.query(`set timezone = '${zone}'`);
      const found = await client.query('select $1::timestamptz as moment', [text]);
      client.release(true);
      expect((found.rows[0].moment as Date).toISOString()).toBe(new Date(text).toISOString());
    }
  expect(parseTimestamp('2026-01-02 03:04:05+00').toISOString()).toBe('2026-01-02T03:04:05.000Z');
});

test('counters are numbers', async () => {
  expect((await own.database.query('select 9007199254740991::bigint as n')).rows[0].n).toBe(
    Number.MAX_SAFE_INTEGER,
  );
  expect(pg.types.builtins.INT8).toBe(20);
});
