export interface InterfaceAddress {
  readonly address?: string;
  readonly prefixlen?: number;
  /** False: keepalived adds and removes it. */
  readonly octavia_owned?: boolean;
  readonly dhcp?: true;
  readonly ipv6auto?: true;
}

export interface InterfaceRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
  readonly scope?: 'link';
  readonly flags?: readonly ['onlink'];
  readonly table?: number;
}

export interface InterfaceRule {
  readonly src: string;
  readonly src_len: number;
  readonly table: number;
}

export interface InterfaceScript {
  readonly command: string;
}

/** One file of the interface folder, in the format that Octavia's `amphora-interface` reads as well. */
export interface InterfaceFile {
  readonly name: string;
  readonly if_type: 'lo' | 'vip' | 'backend';
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly InterfaceRoute[];
  readonly rules: readonly InterfaceRule[];
  readonly scripts: {
    readonly up: readonly InterfaceScript[];
    readonly down: readonly InterfaceScript[];
  };
  readonly is_sriov?: boolean;
  readonly mtu?: number;
}

/** Written when the agent starts, for programs that read the folder. */
export const LOOPBACK_FILE: InterfaceFile = {
  name: 'lo',
  if_type: 'lo',
  addresses: [{ address: '127.0.0.1', prefixlen: 8 }],
  routes: [],
  rules: [],
  scripts: { up: [], down: [] },
};
