import { Redis } from 'ioredis';
import { textOf } from '#core/heartbeat/uuid-words.ts';
import { heartbeatKeys, KEY_PREFIX } from '../../../health-ingest/exchange/heartbeat-keys.ts';
import { unpackSightings } from '../../../health-ingest/exchange/sighting-codec.ts';

const ENTRIES_PER_COMMAND = 200;

/**
 * @returns when an amphora was heard last, in milliseconds since the epoch by Redis' clock, which on one box is ours
 * @throws Error when the stream of sightings does not know it
 */
export async function lastHeartbeatMs(redisUrl: string, amphoraId: string): Promise<number> {
  const redis = new Redis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 1 });
  try {
    await redis.connect();
    const { sightings } = heartbeatKeys(KEY_PREFIX);
    for (let end = '+'; ; ) {
      const entries = await redis.xrevrangeBuffer(
        sightings,
        end,
        '-',
        'COUNT',
        ENTRIES_PER_COMMAND,
      );
      for (const [id, fields] of entries) {
        const { ids, ageMs } = unpackSightings(fields.at(-1) ?? Buffer.alloc(0));
        for (let offset = 0; offset < ids.length; offset += 4)
          if (textOf(ids, offset) === amphoraId) return Number.parseInt(id.toString(), 10) - ageMs;
      }
      const oldest = entries.at(-1)?.[0].toString();
      if (oldest === undefined) throw new Error(`amphora ${amphoraId} never sent a heartbeat`);
      end = `(${oldest}`;
    }
  } finally {
    redis.disconnect();
  }
}
