import { IdTable } from '../../health-ingest/id-table.ts';
import type { MicroBench } from './micro-bench.ts';

const FLEETS = [1000, 100_000, 1_000_000];

/** Where an amphora's memory is found: must not depend on how many there are, the caches of the machine aside. */
export const bench: MicroBench = {
  stage: 'compare: find an amphora by its id',
  cases: Object.fromEntries(FLEETS.map((fleet) => [`of ${fleet}`, finderIn(fleet)])),
};

function finderIn(fleet: number): () => number {
  const ids = Uint32Array.from({ length: fleet * 4 }, () => Math.random() * 2 ** 32);
  const table = new IdTable(fleet);
  for (let index = 0; index < fleet; index++) table.put(ids, index * 4);
  let next = 0;
  return () => {
    next = (next + 1) % fleet;
    return table.find(ids, next * 4);
  };
}
