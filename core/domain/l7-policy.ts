import type { OperatingStatus, ProvisioningStatus } from './status.ts';

export const L7PolicyAction = {
  Reject: 'REJECT',
  RedirectToPool: 'REDIRECT_TO_POOL',
  RedirectToUrl: 'REDIRECT_TO_URL',
  RedirectPrefix: 'REDIRECT_PREFIX',
} as const;
export type L7PolicyAction = (typeof L7PolicyAction)[keyof typeof L7PolicyAction];

export interface L7Policy {
  readonly id: string;
  readonly projectId: string;
  readonly listenerId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly action: L7PolicyAction;
  readonly redirectPoolId: string | null;
  readonly redirectUrl: string | null;
  readonly redirectPrefix: string | null;
  readonly redirectHttpCode: number | null;
  /** 1-based and dense within the listener. */
  readonly position: number;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}
