import { advertise } from '../apply/advertise.ts';
import { applyInterface, findLink, moveInside, type PlugHost } from '../apply/plug.ts';
import type { LiveSettings } from '../config.ts';
import { done, frameworkError, jsonObject, refuse } from '../http-message.ts';
import {
  type FixedIpGiven,
  renderBackendInterface,
  renderVipInterface,
} from '../render/interface.ts';
import { type InterfaceFile } from '../render/interface-file.ts';
import type { Route } from '../router.ts';
import {
  objectOf,
  type PortGiven,
  readFixedIps,
  readPort,
  readVipPort,
  type VipPortGiven,
  WrongForm,
} from './plug-body.ts';
import { NO_SUCH_NIC, VIP_INTERFACE } from './plug-vip.ts';

const WRONG_FORM = 'Invalid port information';

interface NetworkGiven extends PortGiven {
  readonly fixedIps: readonly FixedIpGiven[];
  /** Present when this port carries the VIP. */
  readonly vipPort: VipPortGiven | null;
}

export function plugNetworkRoute(host: PlugHost, settings: LiveSettings): Route {
  return {
    method: 'POST',
    path: '/1.0/plug/network',
    isChange: true,
    async handle(request) {
      const given = readBody(jsonObject(request, WRONG_FORM));
      const link = await findLink(host, given.macAddress);
      if (link.kind === 'absent') throw NO_SUCH_NIC;
      const isNew = link.kind === 'outside';
      // A VIP port that is not inside yet is one whose plug/vip was lost with a reboot.
      const freshName = isNew && given.vipPort === null ? link.freeName : VIP_INTERFACE;
      const name = isNew ? freshName : link.name;
      if (isNew) await moveInside(host, { ...link, macAddress: given.macAddress }, name);
      await applyInterface(host, fileOf(given, name, settings));
      void advertise(
        host.namespace,
        given.fixedIps.map(({ text }) => text),
        host.logger,
      );
      return done(
        202,
        isNew ? `Plugged on interface ${name}` : `Updated existing interface ${name}`,
      );
    },
  };
}

function fileOf(given: NetworkGiven, name: string, settings: LiveSettings): InterfaceFile {
  const { fixedIps, mtu, isSriov, vipPort } = given;
  if (vipPort === null) return renderBackendInterface({ name, fixedIps, mtu, isSriov });
  const { topology } = settings.current;
  const vipMtu = vipPort.mtu ?? mtu;
  return renderVipInterface({ ...vipPort, mtu: vipMtu, name, topology, fixedIps });
}

function readBody(body: Readonly<Record<string, unknown>>): NetworkGiven {
  try {
    const fixedIps = readFixedIps(body['fixed_ips']);
    return { ...readPort(body), fixedIps, vipPort: vipPortOf(body['vip_net_info']) };
  } catch (error) {
    if (error instanceof WrongForm) throw frameworkError(400, WRONG_FORM);
    if (error instanceof RangeError) throw refuse(400, 'Invalid network port');
    throw error;
  }
}

function vipPortOf(value: unknown): VipPortGiven | null {
  if (value === undefined || value === null) return null;
  const body = objectOf(value);
  const vip = body['vip'];
  if (typeof vip !== 'string') throw new WrongForm();
  return readVipPort(body, vip);
}
