import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { grown, IdTable } from './id-table.ts';

const IDS_MAX = 3000;

/** Few bits differ, so that many ids want the same place. */
const idOf = (number: number): Uint32Array =>
  Uint32Array.of(0, number & 1 ? 0xffff_ffff : 0, 0, number);

test('whatever comes and goes, it knows the same ids as a map, each by a slot of its own', () => {
  const step = fc.record({
    kind: fc.constantFrom('put', 'put', 'put many', 'delete', 'find'),
    number: fc.integer({ min: 0, max: 3500 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new IdTable(IDS_MAX);
      const slots = new Map<number, number>();
      const put = (number: number): void => {
        const slot = table.put(idOf(number));
        const known = slots.get(number);
        if (known !== undefined) expect(slot).toBe(known);
        else if (slots.size === IDS_MAX) expect(slot).toBe(-1);
        else slots.set(number, slot);
      };
      for (const { kind, number } of steps) {
        if (kind === 'put') put(number);
        if (kind === 'put many') for (let next = number; next < number + 700; next++) put(next);
        const slot = slots.get(number);
        if (kind === 'find') expect(table.find(idOf(number))).toBe(slot ?? -1);
        if (kind === 'delete' && slot !== undefined) {
          table.delete(slot);
          slots.delete(number);
        }
      }
      expect(table.size).toBe(slots.size);
      expect(new Set(slots.values()).size).toBe(slots.size);
      const id = new Uint32Array(4);
      for (const [number, slot] of slots) {
        expect(table.find(idOf(number))).toBe(slot);
        table.idAt(slot, id);
        expect([slot < table.capacity, id]).toEqual([true, idOf(number)]);
      }
    }),
    { numRuns: 60 },
  );
});

test('a full table takes no new id and still knows those it has', () => {
  const table = new IdTable(2);
  expect([table.put(idOf(1)), table.put(idOf(2)), table.put(idOf(3))]).toEqual([0, 1, -1]);
  expect([table.put(idOf(2)), table.find(idOf(3)), table.size]).toEqual([1, -1, 2]);
  table.delete(0);
  expect([table.put(idOf(3)), table.find(idOf(1))]).toEqual([0, -1]);
});

test('ids are read and written inside of larger arrays', () => {
  const table = new IdTable(10);
  const many = Uint32Array.of(9, 1, 2, 3, 4);
  expect(table.put(many, 1)).toBe(table.find(Uint32Array.of(1, 2, 3, 4)));
  const copy = new Uint32Array(6);
  table.idAt(0, copy, 2);
  expect([...copy]).toEqual([0, 0, 1, 2, 3, 4]);
});

test('a column that grows keeps its type and what it held', () => {
  const larger = grown(Float64Array.of(1.5, 2), 4);
  expect(larger).toEqual(Float64Array.of(1.5, 2, 0, 0));
});
