import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { eachRow } from './each-row.ts';
import { prepared } from './prepared.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

interface Numbered {
  readonly number: number;
}
const NUMBERS = 'select generate_series(1, $1::int) as number';

async function numbersOf(text: string, values: readonly unknown[]): Promise<number[]> {
  const numbers: number[] = [];
  await eachRow<Numbered>(own.database, text, values, ({ number }) => numbers.push(number));
  return numbers;
}

test('every row is handed over, in order, also of a statement that stays prepared', async () => {
  const thousand = Array.from({ length: 1000 }, (_, index) => index + 1);
  expect(await numbersOf(NUMBERS, [1000])).toEqual(thousand);
  const text = prepared(`${NUMBERS} /* prepared */`);
  for (let time = 0; time < 3; time++) expect(await numbersOf(text, [3])).toEqual([1, 2, 3]);
});

test('a statement that fails midway is an error, and the next one works', async () => {
  const failing = 'select 1 / (3 - number) as number from generate_series(1, $1::int) number';
  await expect(numbersOf(failing, [9])).rejects.toThrow('division by zero');
  expect(await numbersOf(NUMBERS, [2])).toEqual([1, 2]);
});

test('who cannot take a row is handed no more, and the error is the caller’s', async () => {
  let taken = 0;
  const take = () => {
    taken += 1;
    throw new Error('unreadable');
  };
  await expect(eachRow(own.database, NUMBERS, [9], take)).rejects.toThrow('unreadable');
  expect(taken).toBe(1);
  expect(await numbersOf(NUMBERS, [2])).toEqual([1, 2]);
});
