/** What a keepalived configuration says of one UDP or SCTP listener. Every value was checked: it may become a rule. */
export interface LvsListener {
  readonly id: string;
  /** Whether it counts as one that serves, were it only for a pool to come. */
  readonly isEnabled: boolean;
  /** By IP version; none when the listener is switched off or has no pool. */
  readonly services: readonly LvsService[];
}

export type LvsProtocol = 'udp' | 'sctp';

/** `sh` by address, or by address and port; the others are keepalived's `wrr` and `lc`. */
export type Scheduler = 'round-robin' | 'least-connections' | 'source' | 'source-and-port';

/** What comes to some addresses of one IP version, and where it is sent. */
export interface LvsService {
  readonly version: 4 | 6;
  readonly protocol: LvsProtocol;
  readonly vips: readonly Endpoint[];
  readonly scheduler: Scheduler;
  readonly persistence: Persistence | null;
  readonly pace: CheckPace;
  /** Null when it is switched off. */
  readonly poolId: string | null;
  readonly members: readonly LvsMember[];
  readonly disabledMemberIds: readonly string[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Persistence {
  readonly timeoutSeconds: number;
  /** Bits of a client's address that count. */
  readonly prefixLength: number;
}

export interface CheckPace {
  readonly delaySeconds: number;
  /** Failures in a row that make a member down. */
  readonly fall: number;
}

export interface LvsMember extends Endpoint {
  readonly id: string;
  /** 0: gets no new connections. */
  readonly weight: number;
  /** Null: as many as come. */
  readonly connectionsMax: number | null;
  /** Null: nobody looks whether it lives. */
  readonly check: MemberCheck | null;
}

interface CheckTarget extends Endpoint {
  readonly timeoutSeconds: number;
}

export type MemberCheck = CheckTarget &
  (
    | { readonly kind: 'udp' | 'tcp' | 'sctp' }
    | {
        readonly kind: 'http';
        readonly path: string;
        readonly host: string | null;
        /** Ranges, both ends included. */
        readonly codes: readonly (readonly [from: number, to: number])[];
      }
  );
