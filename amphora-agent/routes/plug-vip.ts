import { exploded } from '#core/domain/ip-address.ts';
import { applyInterface, findLink, moveInside, type PlugHost } from '../apply/plug.ts';
import type { LiveSettings } from '../config.ts';
import { done, frameworkError, json, jsonObject, Refusal, refuse } from '../http-message.ts';
import { renderVipInterface } from '../render/interface.ts';
import type { Route } from '../router.ts';
import { readVipPort, type VipPortGiven, WrongForm } from './plug-body.ts';

export const VIP_INTERFACE = 'eth1';
const WRONG_FORM = 'Invalid subnet information';

/** The controller asks again when it reads this: the NIC may still be on its way. */
export const NO_SUCH_NIC = new Refusal(
  json(404, { details: 'No suitable network interface found' }),
);

export function plugVipRoute(host: PlugHost, settings: LiveSettings): Route {
  return {
    method: 'POST',
    path: '/1.0/plug/vip/:vip',
    isChange: true,
    async handle(request) {
      const given = readBody(jsonObject(request, WRONG_FORM), request.params['vip'] ?? '');
      const link = await findLink(host, given.macAddress);
      if (link.kind === 'inside') throw refuse(409, 'Interface already exists');
      if (link.kind === 'absent') throw NO_SUCH_NIC;
      const { topology } = settings.current;
      const file = renderVipInterface({ ...given, name: VIP_INTERFACE, topology, fixedIps: [] });
      await moveInside(host, { ...link, macAddress: given.macAddress }, VIP_INTERFACE);
      await applyInterface(host, file);
      const addresses = given.vips.map(({ vip }) => exploded(vip)).join(', ');
      return done(202, `VIPs plugged on interface ${VIP_INTERFACE}: ${addresses}`);
    },
  };
}

function readBody(body: Readonly<Record<string, unknown>>, vip: string): VipPortGiven {
  try {
    return readVipPort(body, vip);
  } catch (error) {
    if (error instanceof WrongForm) throw frameworkError(400, WRONG_FORM);
    throw error;
  }
}
