import { rm } from 'node:fs/promises';
import {
  configuredLoadBalancers,
  configuredLvsListeners,
  readHaproxyConfig,
} from '../haproxy-config.ts';
import { type AgentPaths, vrrpPaths } from '../paths.ts';
import { renderHaproxyCheck } from '../render/check-scripts.ts';
import { writeWhole } from './atomic-file.ts';

const MODE = 0o644;

/**
 * Writes what keepalived checks HAProxy by.
 * @param except a load balancer that is being stopped, or null: its silence must not cost the VIP
 */
export async function writeHaproxyCheck(paths: AgentPaths, except: string | null): Promise<void> {
  const { haproxyCheckScript } = vrrpPaths(paths);
  const ids = (await configuredLoadBalancers(paths)).filter((id) => id !== except);
  const configs = await Promise.all(ids.map((id) => readHaproxyConfig(paths, id)));
  const sockets = configs.flatMap((config) => config?.statsSocket ?? []);
  const hasLvsListeners = (await configuredLvsListeners(paths)).length > 0;
  const script = renderHaproxyCheck(sockets, hasLvsListeners);
  if (script === null) await rm(haproxyCheckScript, { force: true });
  else await writeWhole(haproxyCheckScript, script, MODE);
}
