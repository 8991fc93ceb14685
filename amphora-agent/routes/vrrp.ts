import { exists, writeOnce, writeWhole } from '../apply/atomic-file.ts';
import { writeHaproxyCheck } from '../apply/check-scripts.ts';
import { done, refuse, tagged } from '../http-message.ts';
import { vrrpPaths } from '../paths.ts';
import { isRunning } from '../process-state.ts';
import { renderCheckScript } from '../render/check-scripts.ts';
import type { UnitContext } from '../render/haproxy-unit.ts';
import { vrrpUnit } from '../render/keepalived-unit.ts';
import type { Route } from '../router.ts';
import { ServiceFailure, type ServiceManager } from '../service-manager.ts';
import { readAction } from './action.ts';
import { md5 } from './load-balancer-config.ts';

const CONFIG_MODE = 0o644;
const SCRIPT_MODE = 0o755;

/** keepalived, which moves the VIP between two amphorae: its configuration, start, stop and reload. */
export function vrrpRoutes(context: UnitContext, services: ServiceManager): readonly Route[] {
  const { paths } = context;
  const own = vrrpPaths(paths);
  return [
    {
      method: 'PUT',
      path: '/1.0/vrrp/upload',
      isChange: true,
      async handle({ body }) {
        await writeWhole(own.config, body, CONFIG_MODE);
        await writeOnce(own.checkScript, renderCheckScript(own.checkScripts), SCRIPT_MODE);
        await writeHaproxyCheck(paths, null);
        try {
          await services.install(vrrpUnit(context));
        } catch (error) {
          if (!(error instanceof ServiceFailure)) throw error;
          throw refuse(500, 'Error enabling octavia-keepalived service', error.output);
        }
        return tagged(done(200), md5(body));
      },
    },
    {
      method: 'PUT',
      path: '/1.0/vrrp/:action',
      isChange: true,
      async handle({ params }) {
        const unit = vrrpUnit(context);
        const asked = readAction(params['action'] ?? '');
        const action = asked === 'start' && (await isRunning(unit)) ? 'reload' : asked;
        if (action !== 'stop' && !(await exists(own.config)))
          throw refuse(400, 'Invalid Request', 'no VRRP configuration was uploaded yet');
        try {
          await services[action](unit);
        } catch (error) {
          if (!(error instanceof ServiceFailure)) throw error;
          throw refuse(500, `Failed to ${action} octavia-keepalived service`, error.output);
        }
        return done(202, `keepalived ${action === 'stop' ? 'stoped' : `${action}ed`}`);
      },
    },
  ];
}
