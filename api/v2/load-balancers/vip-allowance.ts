import type { ApiConfig } from '../../context.ts';
import { validationFailure } from '../../faults.ts';
import type { LoadBalancerCreate } from './schema.ts';

/** @throws OctaviaError unless the request says where the VIP shall be, in a way that the deployment allows */
export function refuseDisallowedKeys(
  sent: LoadBalancerCreate,
  networking: ApiConfig['networking'],
): void {
  const keys = [
    ['vip_port_id', networking.allowVipPortId],
    ['vip_network_id', networking.allowVipNetworkId],
    ['vip_subnet_id', networking.allowVipSubnetId],
  ] as const;
  for (const [key, isAllowed] of keys)
    if (sent[key] && !isAllowed)
      throw validationFailure(`use of ${key} is disallowed by this deployment's configuration.`);
  if (keys.some(([key]) => sent[key])) return;
  const allowed = keys.filter(([, isAllowed]) => isAllowed).map(([key]) => key);
  throw validationFailure(`VIP must contain one of: ${allowed.join(', ')}.`);
}

/** Which networks the deployment lets VIPs lie in, or the availability zone when it names some. */
export function refuseForbiddenNetwork(
  networkId: string | null,
  networking: ApiConfig['networking'],
  ofZone: readonly string[] | null,
): void {
  const wanted = (networkId ?? '').toLowerCase();
  const { validVipNetworks } = networking;
  const valid = ofZone ?? validVipNetworks?.split(',') ?? null;
  const denied = networking.denylistVipNetworks.map((id) => id.toLowerCase());
  const isValid = valid === null || valid.some((id) => id.trim().toLowerCase() === wanted);
  if (isValid && !denied.includes(wanted)) return;
  throw validationFailure(
    'Supplied VIP network_id is not allowed by the configuration of this deployment.',
  );
}
