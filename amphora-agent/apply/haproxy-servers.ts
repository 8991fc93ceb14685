/** A member as one backend of a configuration names it. */
export interface ConfiguredServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly isDisabled: boolean;
  /** Where its checks go to; null and 0: to the member itself. */
  readonly monitorAddress: string | null;
  readonly monitorPort: number;
  readonly isBackup: boolean;
  /** Whatever else its line says: checks, cookie, TLS. */
  readonly words: string;
}

export type ServerChange =
  | { readonly kind: 'add'; readonly server: ConfiguredServer }
  | { readonly kind: 'remove'; readonly server: ConfiguredServer }
  | { readonly kind: 'alter'; readonly from: ConfiguredServer; readonly to: ConfiguredServer }
  /** What is set for good when a server is made is another: it goes and comes back. */
  | { readonly kind: 'replace'; readonly from: ConfiguredServer; readonly to: ConfiguredServer };

interface Outline {
  /** All lines that are no servers. */
  readonly frame: string;
  /** By `backend/server`. */
  readonly servers: ReadonlyMap<string, ConfiguredServer>;
}

const SERVER = /^\s+server ([\w.:-]+) ([\w.:[\]-]+):(\d+)((?: \S+)*)\s*$/;
const UNTELLABLE = /["'\\;#]/;
/**
 * HAProxy gives a server that comes at run time a cookie since 3.0; before, it refuses the server. Worth an attempt for a new
 * one, not for one that would have to go first.
 */
const COOKIE = / cookie /;
/** What a running HAProxy can be told to change. */
const OWN_WORDS = / (weight|addr|port) (\S+)| (disabled|backup)(?= |$)/g;
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
    else if (to.isBackup !== from.isBackup) changes.push({ kind: 'replace', from, to });
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
  const own = new Map<string, string>();
  const words = (rest ?? '').replaceAll(OWN_WORDS, (_all, name, value, flag) => {
    own.set(name ?? flag, value ?? '');
    return '';
  });
  return {
    backend,
    name,
    address: address.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    weight: Number(own.get('weight') ?? 1),
    isDisabled: own.has('disabled'),
    monitorAddress: own.get('addr') ?? null,
    monitorPort: Number(own.get('port') ?? 0),
    isBackup: own.has('backup'),
    words,
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
    from.port !== to.port ||
    from.monitorAddress !== to.monitorAddress ||
    from.monitorPort !== to.monitorPort
  );
}

/** Text with quotes or separators is the configuration file's alone. */
function isTellable(change: ServerChange): boolean {
  switch (change.kind) {
    case 'remove':
    case 'alter':
      return true;
    case 'add':
      return !UNTELLABLE.test(change.server.words);
    case 'replace':
      return !UNTELLABLE.test(change.to.words) && !COOKIE.test(change.to.words);
  }
}
