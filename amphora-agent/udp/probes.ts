import { run } from '../apply/command.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { MemberCheck } from './lvs-listener.ts';
import { PROBE_SCRIPT } from './probe-script.ts';

/** Null: it lives; else why it is taken for dead. */
export type Verdict = string | null;

const BATCH = 32;
const GRACE_MS = 10_000;

/**
 * Checks members once, from where their traffic comes from.
 * @returns in the order of the checks; a check that could not be made says nothing (undefined): a fault of ours must
 *   not take members away
 */
export async function probe(
  namespace: HaproxyNamespace,
  checks: readonly MemberCheck[],
): Promise<readonly (Verdict | undefined)[]> {
  const input = checks.map((check, index) => `${lineOf(check, index)}\n`).join('');
  const longestMs = Math.max(...checks.map(secondsOf)) * 1000 + 1000;
  const timeoutMs = Math.ceil(checks.length / BATCH) * longestMs + GRACE_MS;
  const command = namespace.inside(['bash', '-c', PROBE_SCRIPT]);
  const { stdout } = await run(command, { input, timeoutMs });
  const said = new Map(
    stdout.split('\n').flatMap((line) => {
      const [, index, words] = /^(\d+) (.*)$/.exec(line) ?? [];
      return index === undefined ? [] : [[Number(index), (words ?? '').trim()] as const];
    }),
  );
  return checks.map((check, index) => verdictOf(check, said.get(index)));
}

function lineOf(check: MemberCheck, index: number): string {
  const { kind, address, port } = check;
  const start = `${index} ${kind} ${secondsOf(check)} ${address} ${port}`;
  if (check.kind !== 'http') return start;
  const host = address.includes(':') ? `[${address}]` : address;
  return `${start} ${check.host ?? `${host}:${port}`} http://${host}:${port}${check.path}`;
}

function secondsOf({ timeoutSeconds }: MemberCheck): number {
  return Math.max(1, timeoutSeconds);
}

function verdictOf(check: MemberCheck, said: string | undefined): Verdict | undefined {
  if (said === undefined) return undefined;
  if (said === 'up') return null;
  if (said.startsWith('down')) return said.slice('down'.length).trim() || 'no answer';
  const status = Number(said);
  const isExpected =
    check.kind === 'http' && check.codes.some(([from, to]) => status >= from && status <= to);
  return isExpected ? null : `HTTP status ${said}`;
}
