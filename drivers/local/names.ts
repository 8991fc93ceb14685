import { createHash } from 'node:crypto';

/** Made from names, so that a script knows it before the cloud was ever started. */
export function localNetworkId(prefix: string, name: string): string {
  return idFrom(`${prefix}/network/${name}`);
}

/** A network's one subnet of that IP version. */
export function localSubnetId(prefix: string, name: string, ipVersion: 4 | 6 = 4): string {
  return idFrom(`${prefix}/subnet${ipVersion === 4 ? '' : ipVersion}/${name}`);
}

export function localQosPolicyId(prefix: string, name: string): string {
  return idFrom(`${prefix}/qos-policy/${name}`);
}

export function localServerGroupId(prefix: string, name: string): string {
  return idFrom(`${prefix}/server-group/${name}`);
}

/** The one that all machines boot: whatever this box was installed with. */
export function localImageId(prefix: string): string {
  return idFrom(`${prefix}/image`);
}

/** Letters only: with the dash that follows no prefix begins another's names. */
export function assertPrefix(prefix: string): void {
  if (!/^[a-z]{1,4}$/.test(prefix))
    throw new Error(
      `[local_cloud] name_prefix is "${prefix}"; it must be 1 to 4 lower case letters, as in oct`,
    );
}

export function machineNamespaceOf(prefix: string, amphoraId: string): string {
  return `${prefix}-${amphoraId}`;
}

/** The agent makes this one itself, as it makes `amphora-haproxy` on a machine of its own. */
export function haproxyNamespaceOf(prefix: string, amphoraId: string): string {
  return `${prefix}-${amphoraId}-haproxy`;
}

/** @returns the amphora a namespace belongs to, null when it is none of that prefix's */
export function amphoraOfNamespace(prefix: string, namespace: string): string | null {
  const match = new RegExp(`^${prefix}-([0-9a-f-]{36})(-haproxy)?$`).exec(namespace);
  return match?.[1] ?? null;
}

/** The volume that an amphora's machine boots from. */
export function volumeNameOf(amphoraId: string): string {
  return `octavia-amphora-boot-${amphoraId}`;
}

/** @returns the amphora a volume belongs to, null when that is no volume's name */
export function amphoraOfVolume(name: string): string | null {
  return /^octavia-amphora-boot-([0-9a-f-]{36})$/.exec(name)?.[1] ?? null;
}

// The kernel takes 15 characters: 4 of prefix, dash, letter, 9 of ours.
export function bridgeOf(prefix: string, networkId: string): string {
  return `${prefix}-b${networkId.slice(0, 8)}`;
}

/** The host's end of a port's veth pair. A port's number is never used twice, so neither is the name. */
export function hostLinkOf(prefix: string, portNumber: number): string {
  return `${prefix}-p${portNumber.toString(36)}`;
}

/** Where what a port's machine sends waits for its turn, when it is limited. */
export function queueLinkOf(prefix: string, portNumber: number): string {
  return `${prefix}-q${portNumber.toString(36)}`;
}

/** The machine's end, until the agent gives it the name that its plug call calls for. */
export function machineLinkOf(portNumber: number): string {
  return `nic${portNumber.toString(36)}`;
}

export function isLinkOfCloud(prefix: string, link: string): boolean {
  return new RegExp(`^${prefix}-[bpq][0-9a-z]{1,9}$`).test(link);
}

/** The nftables table that holds what is open at the VIPs. */
export function filterTableOf(prefix: string): string {
  return `${prefix}-vips`;
}

/** Locally administered, unicast; five bytes of the id, so that no two ports of a box get the same. */
export function macAddressOf(id: string): string {
  const bytes = id.replaceAll('-', '').slice(0, 10).match(/../g) ?? [];
  return ['fa', ...bytes].join(':');
}

function idFrom(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
