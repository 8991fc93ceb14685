import { writeFile } from 'node:fs/promises';
import type { Logger } from '#core/ports/logger.ts';
import type { AgentPaths } from '../paths.ts';
import type { InterfaceFile } from '../render/interface-file.ts';
import { run } from './command.ts';
import { writeInterfaceFile } from './interface-files.ts';
import { interfaceUp } from './interface-up.ts';
import { type Link, linksInside, linksOutside, withMac } from './link-state.ts';
import { applyMasquerade } from './masquerade.ts';
import { type HaproxyNamespace, must } from './namespace.ts';
import { addPlugged, removePlugged } from './plugged-interfaces.ts';

export interface PlugHost {
  readonly namespace: HaproxyNamespace;
  readonly paths: AgentPaths;
  /** A virtual machine: a NIC that was just attached may have to be looked for on the bus. */
  readonly hasPciBus: boolean;
  readonly logger: Logger;
}

export type FoundLink =
  | { readonly kind: 'inside'; readonly name: string }
  | { readonly kind: 'outside'; readonly name: string; readonly freeName: string }
  | { readonly kind: 'absent' };

/** Where the NIC with this address is, and the first name from eth2 on that is free in the namespace. */
export async function findLink(host: PlugHost, macAddress: string): Promise<FoundLink> {
  const [inside, outside] = await Promise.all([linksOf(host.namespace), linksOutside()]);
  const own = withMac(inside, macAddress);
  if (own) return { kind: 'inside', name: own.name };
  const link = withMac(outside, macAddress) ?? (await rescanned(host, macAddress));
  return link === undefined
    ? { kind: 'absent' }
    : { kind: 'outside', name: link.name, freeName: freeName(inside) };
}

/** Moves a NIC into the namespace under its name there, and notes it for the next boot. */
export async function moveInside(
  host: PlugHost,
  link: { readonly name: string; readonly macAddress: string },
  name: string,
): Promise<void> {
  const { pluggedInterfaces } = host.paths;
  await addPlugged(pluggedInterfaces, { macAddress: link.macAddress, name });
  const device = `link set dev ${link.name}`;
  const input = `${device} down\n${device} name ${name} netns ${host.namespace.name}\n`;
  const moved = await run(['ip', '-batch', '-'], { input });
  if (moved.status !== 0) await removePlugged(pluggedInterfaces, link.macAddress);
  must(moved, `${link.name} cannot become ${name} of ${host.namespace.name}`);
}

/** Writes an interface's file and makes it so. */
export async function applyInterface(host: PlugHost, file: InterfaceFile): Promise<void> {
  await writeInterfaceFile(host.paths.interfaceFiles, file);
  await Promise.all([
    interfaceUp(host.namespace, file, host.logger),
    applyMasquerade(host.namespace, host.paths.interfaceFiles, host.logger),
  ]);
}

/** The namespace is there since the agent started, unless someone took it away. */
async function linksOf(namespace: HaproxyNamespace): Promise<readonly Link[]> {
  try {
    return await linksInside(namespace);
  } catch {
    await namespace.ensure();
    return linksInside(namespace);
  }
}

async function rescanned(host: PlugHost, macAddress: string): Promise<Link | undefined> {
  if (!host.hasPciBus) return undefined;
  try {
    await writeFile('/sys/bus/pci/rescan', '1');
  } catch {
    return undefined; // no such bus, or not ours to scan
  }
  return withMac(await linksOutside(), macAddress);
}

function freeName(inside: readonly Link[]): string {
  const taken = new Set(inside.map((link) => link.name));
  let number = 2;
  while (taken.has(`eth${number}`)) number++;
  return `eth${number}`;
}
