import { stat } from 'node:fs/promises';
import { run } from './apply/command.ts';

export interface PackageVersions {
  readonly haproxy: string;
  readonly keepalived: string;
  readonly ipvsadm: string;
}

/** The files that change whenever a package is installed or removed. */
const DATABASES = ['/var/lib/dpkg/status', '/var/lib/rpm/rpmdb.sqlite'];
const NAMES = ['haproxy', 'keepalived', 'ipvsadm'] as const;

/**
 * Versions of the packages that serve, in the distribution's spelling; empty for one that is not installed. Asked
 * again only when a package was installed since.
 */
export function packageVersions(haproxyCmd: string): () => Promise<PackageVersions> {
  let known: { readonly stamp: string; readonly versions: Promise<PackageVersions> } | null = null;
  return async () => {
    const stamp = (await Promise.all(DATABASES.map(changedMs))).join();
    if (known?.stamp !== stamp) known = { stamp, versions: ask(haproxyCmd) };
    return known.versions;
  };
}

async function ask(haproxyCmd: string): Promise<PackageVersions> {
  const debian = await run(['dpkg-query', '-W', '-f', '${Package} ${Version}\n', ...NAMES]);
  const answer =
    debian.stdout === ''
      ? await run(['rpm', '-q', '--qf', '%{NAME} %{VERSION}-%{RELEASE}\n', ...NAMES])
      : debian;
  const versionOf = (name: string): string =>
    new RegExp(`^${name} (\\S+)$`, 'm').exec(answer.stdout)?.[1] ?? '';
  const haproxy = versionOf('haproxy') || (await ownVersion(haproxyCmd));
  return { haproxy, keepalived: versionOf('keepalived'), ipvsadm: versionOf('ipvsadm') };
}

/** A HAProxy that no package brought: built by the operator. */
async function ownVersion(haproxyCmd: string): Promise<string> {
  const { stdout } = await run([haproxyCmd, '-v']);
  return /^HA-?Proxy version (\S+)/i.exec(stdout)?.[1] ?? '';
}

async function changedMs(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
