import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { shortFolder } from '#drivers/local/amphora-paths.ts';

/**
 * What of a cloud is still on this machine: its processes, namespaces, links, nft tables, mounts. A cloud that was stopped
 * leaves nothing of all this; files in its data folder are no remains.
 * @returns a line each
 */
export function remainsOf(namePrefix: string, dataDir: string): readonly string[] {
  return [
    ...processesNaming([dataDir, shortFolder(namePrefix)]),
    ...namespacesOf(namePrefix).map((name) => `namespace ${name}`),
    ...lines('ip', ['-o', 'link'])
      .map((line) => line.split(': ')[1] ?? '')
      .filter((name) => name.startsWith(`${namePrefix}-`))
      .map((name) => `link ${name}`),
    ...lines('nft', ['list', 'tables'])
      .filter((line) => new RegExp(`\\b${namePrefix}[-_]`).test(line))
      .map((line) => `nft ${line}`),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((point) => point.startsWith(`${dataDir}/`))
      .map((point) => `mount ${point}`),
  ];
}

/** Network namespaces of a cloud: machines of amphorae, those of HAProxy, and hosts of tenants. */
export function namespacesOf(namePrefix: string): readonly string[] {
  const folder = '/run/netns';
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.startsWith(`${namePrefix}-`));
}

function processesNaming(texts: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    if (Number(pid) === process.pid) continue;
    const command = commandOf(pid);
    if (texts.some((text) => command.includes(`${text}/`)))
      found.push(`process ${pid}: ${command}`);
  }
  return found;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function lines(program: string, args: readonly string[]): readonly string[] {
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean);
}
