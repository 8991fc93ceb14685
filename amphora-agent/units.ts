import { haproxyUnit, type UnitContext } from './render/haproxy-unit.ts';
import { lvsUnit, VRRP_UNIT, vrrpUnit } from './render/keepalived-unit.ts';
import type { Unit } from './service-manager.ts';

/** The unit of a name that was noted earlier; null for one that is none of ours. */
export function unitOf(context: UnitContext, name: string): Unit | null {
  if (name === VRRP_UNIT) return vrrpUnit(context);
  const [, kind, id] = /^(haproxy|octavia-keepalivedlvs)-([0-9a-f-]{36})$/i.exec(name) ?? [];
  if (id === undefined) return null;
  return kind === 'haproxy' ? haproxyUnit(context, id) : lvsUnit(context, id);
}
