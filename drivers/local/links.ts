import { lstatSync, readdirSync, readlinkSync } from 'node:fs';

const FOLDER = '/sys/class/net';

/** Asks the kernel without starting a program: a machine is built in the time that three of them take. */
export function linkExists(link: string): boolean {
  return lstatSync(`${FOLDER}/${link}`, { throwIfNoEntry: false }) !== undefined;
}

/** Links of this host that somebody made: bridges, veth pairs and the like, but no hardware. */
export function listVirtualLinks(): readonly string[] {
  return readdirSync(FOLDER).filter(isVirtual);
}

function isVirtual(link: string): boolean {
  try {
    return readlinkSync(`${FOLDER}/${link}`).includes('/virtual/');
  } catch {
    // Deleted meanwhile.
    return false;
  }
}
