import { rm } from 'node:fs/promises';
import {
  configuredLoadBalancers,
  configuredLvsListeners,
  readHaproxyConfig,
} from '../haproxy-config.ts';
import { type AgentPaths, vrrpPaths } from '../paths.ts';
import { renderHaproxyCheck } from '../render/check-scripts.ts';
import { readIfPresent, writeWhole } from './atomic-file.ts';

const MODE = 0o644;
const ROUNDS_A_SECOND = 5;
const INTERVAL_SECONDS_MAX = 60;

/**
 * Writes what keepalived checks HAProxy by.
 * @param except a load balancer that is being stopped, or null: its silence must not cost the VIP
 */
export async function writeHaproxyCheck(paths: AgentPaths, except: string | null): Promise<void> {
  const { haproxyCheckScript, haproxyCheckProgram: program } = vrrpPaths(paths);
  const ids = (await configuredLoadBalancers(paths)).filter((id) => id !== except);
  const configs = await Promise.all(ids.map((id) => readHaproxyConfig(paths, id)));
  const statsSockets = configs.flatMap((config) => config?.statsSocket ?? []);
  const hasLvsListeners = (await configuredLvsListeners(paths)).length > 0;
  const rounds = await watchRounds(paths);
  const script = renderHaproxyCheck({ program, statsSockets, rounds, hasLvsListeners });
  if (script === null) await rm(haproxyCheckScript, { force: true });
  else await writeWhole(haproxyCheckScript, script, MODE);
}

/**
 * A script that may take longer than its interval watches through all of it; to others, Octavia's among them, the time
 * that they take is time in which they fail.
 */
async function watchRounds(paths: AgentPaths): Promise<number> {
  const config = (await readIfPresent(vrrpPaths(paths).config))?.toString('utf8') ?? '';
  const seconds = (keyword: string): number =>
    Number(new RegExp(`^\\s*${keyword} (\\d{1,5})\\s*$`, 'm').exec(config)?.[1] ?? 0);
  const interval = Math.min(seconds('interval'), INTERVAL_SECONDS_MAX);
  return seconds('timeout') > interval ? Math.max(1, interval * ROUNDS_A_SECOND) : 1;
}
