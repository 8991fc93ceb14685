import { execFileSync } from 'node:child_process';
import { listNamespaces } from '../namespaces.ts';

/** What a cloud may have on the host, by the prefix of its names. */
export function hostStateOf(prefix: string): readonly string[] {
  return [
    ...listNamespaces().map((name) => `namespace ${name}`),
    ...linkNames().map((name) => `link ${name}`),
    ...lines('nft', ['list', 'tables']),
  ].filter((line) => line.includes(` ${prefix}-`));
}

/** Runs `ip` in a namespace and answers its words. */
export function ip(namespace: string, ...args: readonly string[]): string {
  return execFileSync('ip', ['-n', namespace, ...args], { encoding: 'utf8' });
}

function linkNames(): readonly string[] {
  return lines('ip', ['-o', 'link']).map((line) => (line.split(': ')[1] ?? '').split('@')[0] ?? '');
}

function lines(program: string, args: readonly string[]): readonly string[] {
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean);
}
