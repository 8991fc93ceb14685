/** A member as one backend of a configuration names it. */
export interface ConfiguredServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly isDisabled: boolean;
  /** Whatever else its line says: checks, cookie, TLS, backup. */
  readonly words: string;
}

export type ServerChange =
  | { readonly kind: 'add'; readonly server: ConfiguredServer }
  | { readonly kind: 'remove'; readonly server: ConfiguredServer }
  | { readonly kind: 'alter'; readonly from: ConfiguredServer; readonly to: ConfiguredServer };

interface Outline {
  /** All lines that are no servers. */
  readonly frame: string;
  /** By `backend/server`. */
  readonly servers: ReadonlyMap<string, ConfiguredServer>;
}

const SERVER = /^\s+server ([\w.:-]+) ([\w.:[\]-]+):(\d+)((?: \S+)*)\s*$/;
/** More than that is done sooner by a reload. */
const CHANGES_MAX = 256;

/**
 * What a running HAProxy must be told so that it serves another configuration.
 * @returns null when it cannot be told: it must be reloaded
 */
export function serverChanges(serving: string, wanted: string): readonly ServerChange[] | null {
  const [old, next] = [outlineOf(serving), outlineOf(wanted)];
  if (old === null || next === null || old.frame !== next.frame) return null;
  const changes: ServerChange[] = [];
  for (const [key, from] of old.servers) {
    const to = next.servers.get(key);
    if (to === undefined) changes.push({ kind: 'remove', server: from });
    else if (to.words !== from.words) return null;
    else if (isOther(from, to)) changes.push({ kind: 'alter', from, to });
  }
  for (const [key, server] of next.servers)
    if (!old.servers.has(key)) changes.push({ kind: 'add', server });
  const isDoable = changes.length <= CHANGES_MAX && changes.every((change) => isTellable(change));
  return isDoable ? changes : null;
}

/** The servers of a configuration; none when it has lines that are not understood. */
export function configuredServers(config: string): readonly ConfiguredServer[] {
  return [...(outlineOf(config)?.servers.values() ?? [])];
}

/** Null when a server's line is not of the form that controllers write, or there twice. */
function outlineOf(config: string): Outline | null {
  const frame: string[] = [];
  const servers = new Map<string, ConfiguredServer>();
  let section = '';
  for (const line of config.split('\n')) {
    if (/^\S/.test(line)) section = line;
    const backend = /^backend ([\w.:-]+)$/.exec(section)?.[1];
    if (backend === undefined || !/^\s+server\s/.test(line)) frame.push(line);
    else {
      const server = serverOf(backend, line);
      if (server === null || servers.has(keyOf(server))) return null;
      servers.set(keyOf(server), server);
    }
  }
  return { frame: frame.join('\n'), servers };
}

function serverOf(backend: string, line: string): ConfiguredServer | null {
  const [, name, address, port, rest] = SERVER.exec(line) ?? [];
  if (name === undefined || address === undefined || port === undefined) return null;
  const weight = / weight (\d+)(?= |$)/.exec(rest ?? '');
  return {
    backend,
    name,
    address: address.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    weight: Number(weight?.[1] ?? 1),
    isDisabled: / disabled(?= |$)/.test(rest ?? ''),
    words: (rest ?? '').replace(/ weight \d+(?= |$)/, '').replace(/ disabled(?= |$)/, ''),
  };
}

export function keyOf(server: Pick<ConfiguredServer, 'backend' | 'name'>): string {
  return `${server.backend}/${server.name}`;
}

function isOther(from: ConfiguredServer, to: ConfiguredServer): boolean {
  return (
    from.weight !== to.weight ||
    from.isDisabled !== to.isDisabled ||
    from.address !== to.address ||
    from.port !== to.port
  );
}

/**
 * A server that comes at run time cannot be given a cookie (HAProxy's own, made of its address, would be another after the
 * next reload); text with quotes or separators is the configuration file's alone.
 */
function isTellable(change: ServerChange): boolean {
  if (change.kind !== 'add') return true;
  const { words } = change.server;
  return !/ cookie /.test(words) && !/["'\\;#]/.test(words);
}
