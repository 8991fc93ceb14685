/**
 * What lies in Redis. All of it is soft state: lost, it comes back with the next heartbeats. The braces are a hash tag:
 * a cluster keeps the keys of one `prefix` together, so that one command may touch them all.
 *
 * | key | type | content |
 * | --- | --- | --- |
 * | `{prefix}:sightings` | stream | `id`, `body`: amphorae that a thread heard of, see sighting-codec.ts |
 * | `{prefix}:mismatch` | sorted set | amphora id, scored by when its listeners ceased to be those expected |
 * | `{prefix}:statuses` | stream | `id`, `body`: a batch of status reports, see report-codec.ts |
 * | `{prefix}:statistics` | stream | `id`, `body`: a batch of statistics, its id in the database once it is added |
 */
export function heartbeatKeys(prefix: string): HeartbeatKeys {
  const key = (name: string): string => `{${prefix}}:${name}`;
  return {
    sightings: key('sightings'),
    mismatch: key('mismatch'),
    statuses: key('statuses'),
    statistics: key('statistics'),
  };
}

export interface HeartbeatKeys {
  readonly sightings: string;
  readonly mismatch: string;
  readonly statuses: string;
  readonly statistics: string;
}

export const KEY_PREFIX = 'octavia-health';
