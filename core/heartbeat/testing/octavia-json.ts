import type { Heartbeat, ListenerReport, PoolReport } from '../message.ts';

/** A message as the original writes it, of any version, blanks and all. */
export function octaviaJson(heartbeat: Heartbeat): Buffer {
  const { version, sequence } = heartbeat;
  const listeners = Array.from(heartbeat.listeners, ([id, listener]) => {
    const fields = [`"status": ${text(listener.status)}`, `"stats": ${statsJson(listener)}`];
    if (version < 2)
      fields.push(
        `"pools": ${poolsJson(heartbeat.pools.filter((pool) => pool.listenerId === id))}`,
      );
    return `${text(id)}: {${fields.join(', ')}}`;
  });
  const fields = [
    `"id": ${text(heartbeat.amphoraId)}`,
    ...(sequence === null ? [] : [`"seq": ${sequence}`]),
    `"listeners": {${listeners.join(', ')}}`,
    ...(version < 2 ? [] : [`"pools": ${poolsJson(heartbeat.pools, true)}`]),
    ...(version === 0 ? [] : [`"ver": ${version}`]),
  ];
  return Buffer.from(`{${fields.join(', ')}}`);
}

function statsJson(listener: ListenerReport): string {
  const { txBytes, rxBytes, activeConnections, totalConnections, requestErrors } = listener;
  return `{"tx": ${txBytes}, "rx": ${rxBytes}, "conns": ${activeConnections}, "totconns": ${totalConnections}, "ereq": ${requestErrors}}`;
}

function poolsJson(pools: readonly PoolReport[], areOnTop = false): string {
  const texts = pools.map(({ poolId, listenerId, status, members }) => {
    const key = areOnTop && listenerId !== null ? `${poolId}:${listenerId}` : poolId;
    const words = Array.from(members, ([id, word]) => `${text(id)}: ${text(word)}`);
    return `${text(key)}: {"status": ${text(status)}, "members": {${words.join(', ')}}}`;
  });
  return `{${texts.join(', ')}}`;
}

/** Letters beyond ASCII are escaped, as Python does. */
function text(value: string): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
