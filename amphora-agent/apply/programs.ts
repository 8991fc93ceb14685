import { readFile } from 'node:fs/promises';
import { type AgentPaths, vrrpPaths } from '../paths.ts';
import { writeWhole } from './atomic-file.ts';

const MODE = 0o755;

/** Puts the programs that HAProxy and keepalived run where their configurations look for them. */
export async function installPrograms(paths: AgentPaths): Promise<void> {
  await install('haproxy-vrrp-check', vrrpPaths(paths).haproxyCheckProgram);
  await install('vrrp-notify', vrrpPaths(paths).notifyProgram);
  await install('ping-wrapper.sh', paths.pingProgram);
}

async function install(name: string, path: string): Promise<void> {
  await writeWhole(path, await readFile(new URL(`../scripts/${name}`, import.meta.url)), MODE);
}
