import { CLOSED_RULES, renderVipRules, type VipRule } from '../render/vip-rules.ts';
import { exists, writeWhole } from './atomic-file.ts';
import { type HaproxyNamespace, must } from './namespace.ts';

const MODE = 0o600;

/**
 * Loads the firewall of the VIP interface, and keeps it for the next boot once the kernel has taken it. Octavia's
 * first call only closes the interface, whatever it lists; so does ours where that is all it asks for.
 */
export async function applyVipRules(
  namespace: HaproxyNamespace,
  file: string,
  interfaceName: string,
  rules: readonly VipRule[],
): Promise<void> {
  const isFirst = !(await exists(file));
  const text = isFirst && rules.length === 0 ? CLOSED_RULES : renderVipRules(interfaceName, rules);
  const loaded = await namespace.exec(['nft', '-o', '-f', '-'], text);
  must(loaded, `firewall of ${interfaceName} not loaded`);
  await writeWhole(file, text, MODE);
}
