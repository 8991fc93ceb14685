import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { HeartbeatReader } from '#core/heartbeat/heartbeat-reader.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import { allocateAmphorae } from '../../health-ingest/receiving/amphora-memory.ts';
import { AmphoraTable } from '../../health-ingest/receiving/amphora-table.ts';
import { heartbeatOf } from '../sender/heartbeat.ts';
import type { MicroBench } from './micro-bench.ts';

const FLEETS = [1000, 100_000, 1_000_000];
const HOUR_MS = 3_600_000;
const key = heartbeatKey('any');
const reader = new HeartbeatReader([key]);
const said = { hasChanged: false, isDown: false };

/**
 * Holding a heartbeat that brings no news against what is known of its amphora. Must not depend on how many amphorae
 * there are, but for what the caches of the machine make of it.
 */
export const bench: MicroBench = {
  stage: 'compare with what is known',
  cases: Object.fromEntries(FLEETS.map((fleet) => [`one of ${fleet} amphorae`, noterIn(fleet)])),
};

function noterIn(fleet: number): () => unknown {
  const table = new AmphoraTable({
    memory: allocateAmphorae(fleet),
    thread: 0,
    refreshAfterMs: HOUR_MS,
    refreshesPerSecond: fleet,
    reportsPerSecond: fleet,
    forgetAfterMs: HOUR_MS,
    restartAfterMs: HOUR_MS,
  });
  reader.read(
    encodeDatagram(heartbeatOf(0, { ...said, sequence: 1 }), { wire: 'native', key, epoch: 1 }),
  );
  // The same view with another id each time: building a million heartbeats would take longer than measuring.
  const ids = Uint32Array.from({ length: fleet * 4 }, () => Math.random() * 2 ** 32);
  const view = { ...reader.view, id: new Uint32Array(4), sequence: 0 };
  let turn = 0;
  const next = (): unknown => {
    const amphora = (turn * 7919) % fleet;
    view.id.set(ids.subarray(amphora * 4, amphora * 4 + 4));
    view.sequence = Math.floor(turn / fleet);
    turn++;
    const news = table.note(view, 0);
    if (news.report !== null) table.reported(news, view, 0);
    if (news.isGaugeNews) table.gaugesTold(news);
    table.release(news);
    return news;
  };
  for (let amphora = 0; amphora < fleet; amphora++) next();
  return next;
}
