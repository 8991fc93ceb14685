/** What the file depends on besides the tree. */
export interface LvsContext {
  /** `[haproxy_amphora] base_path` of the agent. */
  readonly basePath: string;
  /** The network namespace in which the VIP is. */
  readonly namespace: string;
}

/** That of an Octavia image. */
export const IMAGE_NAMESPACE = 'amphora-haproxy';
