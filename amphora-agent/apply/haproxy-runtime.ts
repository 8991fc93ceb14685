import { askHaproxyMaster } from '../runtime-socket.ts';
import {
  type ConfiguredServer,
  configuredServers,
  keyOf,
  type ServerChange,
} from './haproxy-servers.ts';
import { parseServersState, type RunningServer } from './haproxy-servers-state.ts';
import { within } from './within.ts';

/** The worker that is to change, as its master knows it. */
export interface Worker {
  readonly masterSocket: string;
  readonly pid: number;
}

/** HAProxy reads no longer line than its buffer has bytes. */
const LINE_BYTES_MAX = 8 * 1024;
/** A server can go once its last request is done; who waits longer for that is left to a reload. */
const REMOVAL_TIMEOUT_MS = 1000;
const PORT_MAX = 65_535;
/** What a server in the file has without saying so: connections that are kept for the next request. */
const KEPT_CONNECTIONS = 'pool-max-conn -1 pool-purge-delay 5s';

/**
 * Tells a running HAProxy what is new about its servers.
 * @returns null: it serves what is wanted; else why not, and it must be reloaded, whatever was changed already
 */
export async function changeServers(
  worker: Worker,
  changes: readonly ServerChange[],
  wanted: string,
): Promise<string | null> {
  const replaced = changes.flatMap((change) => (change.kind === 'replace' ? [change] : []));
  const before = replaced.length > 0 ? await runningServers(worker) : [];
  const alone = replaced.find(({ from }) => !hasSubstitute(from, before, changes));
  if (alone !== undefined) return `while ${keyOf(alone.from)} is replaced nobody would serve`;

  let said = await tell(worker, changes.flatMap(commandsOf));
  const removed = changes.flatMap((change) => (change.kind === 'remove' ? [change.server] : []));
  const leaving = [...removed, ...replaced.map(({ from }) => from)];
  if (leaving.length > 0) {
    const removal = await removeServers(worker, leaving);
    if (!removal.isDone) return `servers are too busy to go; HAProxy said: ${removal.said.trim()}`;
    const wasDown = new Set(before.filter(isDown).map(keyOf));
    said += await tell(
      worker,
      replaced.flatMap(({ to }) => additionOf(to, wasDown.has(keyOf(to)))),
    );
  }
  const difference = differenceOf(await runningServers(worker), configuredServers(wanted));
  return difference === null ? null : `${difference}; HAProxy said: ${said.trim()}`;
}

/** Whether somebody else serves, and goes on to: then requests find a member while this one is away. */
function hasSubstitute(
  { backend, name }: ConfiguredServer,
  running: readonly RunningServer[],
  changes: readonly ServerChange[],
): boolean {
  const changed = new Set(
    changes.map((change) => keyOf('server' in change ? change.server : change.from)),
  );
  return running.some(
    (other) =>
      other.backend === backend &&
      other.name !== name &&
      other.isUp &&
      other.weight > 0 &&
      !changed.has(keyOf(other)),
  );
}

function isDown({ isUp, isInMaintenance }: RunningServer): boolean {
  return !isUp && !isInMaintenance;
}

/** They are in maintenance already. */
async function removeServers(
  worker: Worker,
  servers: readonly ConfiguredServer[],
): Promise<{ readonly isDone: boolean; readonly said: string }> {
  let said = await tell(worker, servers.map(removalOf));
  const isDone = await within(REMOVAL_TIMEOUT_MS, async () => {
    const running = new Set((await runningServers(worker)).map(keyOf));
    const left = servers.filter((server) => running.has(keyOf(server)));
    if (left.length > 0)
      said = await tell(
        worker,
        left.flatMap((each) => [emptyingOf(each), removalOf(each)]),
      );
    return left.length === 0;
  });
  return { isDone, said };
}

function removalOf(server: ConfiguredServer): string {
  return `del server ${keyOf(server)}`;
}

/**
 * An idle connection that is kept for the next request keeps its server, too. HAProxy closes those of a server that
 * moves; nobody is sent there any more, so that any other port will do.
 */
function emptyingOf(server: ConfiguredServer): string {
  const elsewhere = server.port === PORT_MAX ? server.port - 1 : server.port + 1;
  return `set server ${keyOf(server)} addr ${server.address} port ${elsewhere}`;
}

function commandsOf(change: ServerChange): readonly string[] {
  switch (change.kind) {
    case 'remove':
      return [`set server ${keyOf(change.server)} state maint`];
    case 'replace':
      return [`set server ${keyOf(change.from)} state maint`];
    case 'add':
      return additionOf(change.server, false);
    case 'alter':
      return alterationOf(change.from, change.to);
  }
}

/** It comes in maintenance, unchecked and up, whatever its line says. */
function additionOf(server: ConfiguredServer, wasDown: boolean): readonly string[] {
  const key = keyOf(server);
  const { monitorAddress, monitorPort } = server;
  const words = [
    `weight ${server.weight} ${KEPT_CONNECTIONS}${server.words}`,
    ...(monitorAddress === null ? [] : [`addr ${monitorAddress}`]),
    ...(monitorPort === 0 ? [] : [`port ${monitorPort}`]),
    ...(server.isBackup ? ['backup'] : []),
  ];
  return [
    `add server ${key} ${endpointOf(server)} ${words.join(' ')}`,
    ...(isChecked(server) ? [`enable health ${key}`] : []),
    ...(server.isDisabled ? [] : [`set server ${key} state ready`]),
    // Last: whoever comes out of maintenance is up.
    ...(isChecked(server) && wasDown ? [`set server ${key} health down`] : []),
  ];
}

/** Into maintenance first, out of it last: nobody is sent to an address that is not yet, or no longer, the member's. */
function alterationOf(from: ConfiguredServer, to: ConfiguredServer): readonly string[] {
  const set = `set server ${keyOf(to)}`;
  const isMoved = from.address !== to.address || from.port !== to.port;
  return [
    ...(to.isDisabled && !from.isDisabled ? [`${set} state maint`] : []),
    ...(isMoved ? [`${set} addr ${to.address} port ${to.port}`] : []),
    ...(from.weight === to.weight ? [] : [`${set} weight ${to.weight}`]),
    ...(from.monitorAddress === to.monitorAddress
      ? []
      : [`${set} check-addr ${to.monitorAddress ?? '0.0.0.0'}`]),
    ...(from.monitorPort === to.monitorPort ? [] : [`${set} check-port ${to.monitorPort}`]),
    ...(from.isDisabled && !to.isDisabled ? [`${set} state ready`] : []),
  ];
}

/** In as few lines as HAProxy's buffer allows. */
async function tell({ masterSocket, pid }: Worker, commands: readonly string[]): Promise<string> {
  let said = '';
  let line = '';
  for (const command of commands.map((each) => `@!${pid} ${each}`)) {
    if (line.length + command.length > LINE_BYTES_MAX) {
      said += await askHaproxyMaster(masterSocket, line);
      line = '';
    }
    line += `${line === '' ? '' : ';'}${command}`;
  }
  return line === '' ? said : said + (await askHaproxyMaster(masterSocket, line));
}

async function runningServers(worker: Worker): Promise<readonly RunningServer[]> {
  return parseServersState(await tell(worker, ['show servers state']));
}

/** What HAProxy answers to a command is for people; what it does then is what counts. */
function differenceOf(
  running: readonly RunningServer[],
  wanted: readonly ConfiguredServer[],
): string | null {
  const found = new Map(running.map((server) => [keyOf(server), server]));
  for (const server of wanted) {
    const now = found.get(keyOf(server));
    if (now === undefined) return `${keyOf(server)} is not there`;
    if (!isAsWanted(now, server)) return `${keyOf(server)} is not as its line says`;
  }
  const names = new Set(wanted.map(keyOf));
  const stranger = running.find((server) => !names.has(keyOf(server)));
  return stranger === undefined ? null : `${keyOf(stranger)} is still there`;
}

function isAsWanted(now: RunningServer, server: ConfiguredServer): boolean {
  return (
    now.address === server.address &&
    now.port === server.port &&
    now.weight === server.weight &&
    now.isInMaintenance === server.isDisabled &&
    now.monitorAddress === server.monitorAddress &&
    now.monitorPort === server.monitorPort &&
    now.isChecked === isChecked(server)
  );
}

function isChecked(server: ConfiguredServer): boolean {
  return / check(?= |$)/.test(server.words);
}

function endpointOf({ address, port }: ConfiguredServer): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
