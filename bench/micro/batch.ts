import { packSightings } from '../../health-ingest/exchange/sighting-codec.ts';
import { SightingQueue } from '../../health-ingest/receiving/sighting-queue.ts';
import { StatisticsBuffer } from '../../health-ingest/receiving/statistics-buffer.ts';
import type { MicroBench } from './micro-bench.ts';

/** As many as come in the 25 ms of a batch at 100,000 a second. */
const HEARD = 2500;
const id = new Uint32Array(4);
const counters = Float64Array.of(12_345, 98_760, 3, 5, 0);

/** What leaves a thread, gathered and packed. Redis and the socket to it left out. */
export const bench: MicroBench = {
  stage: `batch of ${HEARD}`,
  cases: {
    'sightings: queued, taken, packed': sightingsBatch(),
    'statistics: queued, taken': statisticsBatch(),
  },
};

function sightingsBatch(): () => unknown {
  const queue = new SightingQueue(HEARD * 2);
  let number = 0;
  return () => {
    for (let slot = 0; slot < HEARD; slot++) {
      id[0] = slot;
      queue.add(slot, id, 0);
    }
    const thread = '0011223344556677';
    return queue
      .take()
      .map(({ ids }) => packSightings({ thread, number: number++, ageMs: 25, ids }));
  };
}

function statisticsBatch(): () => unknown {
  const buffer = new StatisticsBuffer(HEARD * 2);
  return () => {
    for (let listener = 0; listener < HEARD; listener++) {
      id[0] = listener;
      buffer.add(id, true, id, counters, 0);
    }
    return buffer.take();
  };
}
