import { familyOf, networkKey } from '#core/domain/ip-address.ts';
import type { InterfaceFile } from '../render/interface-file.ts';
import { record, text } from './link-state.ts';
import type { HaproxyNamespace } from './namespace.ts';

const PRIORITY = 32_000;
/** Rules that the kernel or keepalived made, by `ip`'s name or number. */
const OTHERS = new Set(['kernel', '2', 'keepalived', '18']);

/** The `ip` commands that turn the namespace's rules by source, of one family, into those of the VIP interface's file. */
export async function ruleChanges(
  namespace: HaproxyNamespace,
  file: InterfaceFile,
  family: 4 | 6,
): Promise<readonly string[]> {
  if (file.if_type !== 'vip') return [];
  const present = new Map(await presentRules(namespace, family));
  const rules = file.rules.filter(({ src }) => familyOf(src) === family);
  const wanted = new Map(
    rules.map(({ src, src_len, table }) => {
      const source = networkKey(`${src}/${src_len}`, family) ?? src;
      return [`${source} ${table}`, `from ${source} table ${table}`];
    }),
  );
  return [
    ...[...wanted]
      .filter(([key]) => !present.has(key))
      .map(([, selector]) => `rule add ${selector} priority ${PRIORITY} protocol static`),
    ...[...present].filter(([key]) => !wanted.has(key)).map(([, command]) => command),
  ];
}

/** Each with the command that removes it. */
async function presentRules(
  namespace: HaproxyNamespace,
  family: 4 | 6,
): Promise<readonly (readonly [string, string])[]> {
  const rules = await namespace.ipJson([`-${family}`, '-d', 'rule', 'show']);
  return rules.map(record).flatMap((raw) => {
    const source = sourceOf(raw, family);
    if (source === null || OTHERS.has(text(raw['protocol']))) return [];
    const table = text(raw['table']);
    const removal = `rule delete from ${source} table ${table} priority ${text(raw['priority'])}`;
    return [[`${source} ${table}`, removal] as const];
  });
}

function sourceOf(raw: Readonly<Record<string, unknown>>, family: 4 | 6): string | null {
  const source = text(raw['src']);
  if (source === '' || source === 'all') return null;
  const length = raw['srclen'] === undefined ? '' : `/${text(raw['srclen'])}`;
  return networkKey(`${source}${length}`, family);
}
