import { parseNetwork } from '#core/domain/ip-address.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import { applyVipRules } from '../apply/vip-rules.ts';
import { done, frameworkError, jsonValue } from '../http-message.ts';
import type { VipRule } from '../render/vip-rules.ts';
import type { Route } from '../router.ts';
import { interfaceWith } from './interface.ts';

const WRONG_FORM = 'Invalid rules information';
const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'vrrp'] as const;
const FIELDS = 'cidr,port,protocol';
const RULES_MAX = 10_000;

/** The firewall in the amphora, where the network service cannot have one on the port: SR-IOV. */
export function interfaceRulesRoute(namespace: HaproxyNamespace, rulesFile: string): Route {
  return {
    method: 'PUT',
    path: '/1.0/interface/:address/rules',
    isChange: true,
    async handle(request) {
      const rules = readRules(jsonValue(request, WRONG_FORM));
      const name = await interfaceWith(namespace, request.params['address'] ?? '');
      await applyVipRules(namespace, rulesFile, name, rules);
      return done(200);
    },
  };
}

function readRules(value: unknown): readonly VipRule[] {
  if (!Array.isArray(value) || value.length > RULES_MAX) throw frameworkError(400, WRONG_FORM);
  return value.map((each: unknown) => readRule(each));
}

function readRule(value: unknown): VipRule {
  const rule =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const protocol = PROTOCOLS.find((each) => each === rule['protocol']);
  const { cidr, port } = rule;
  const isCidr = cidr === null || (typeof cidr === 'string' && parseNetwork(cidr) !== null);
  const isPort = Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (protocol === undefined || !isCidr || !isPort || Object.keys(rule).sort().join() !== FIELDS)
    throw frameworkError(400, WRONG_FORM);
  return { protocol, cidr, port: Number(port) };
}
