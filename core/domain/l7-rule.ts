import type { OperatingStatus, ProvisioningStatus } from './status.ts';

export const L7RuleType = {
  HostName: 'HOST_NAME',
  Path: 'PATH',
  FileType: 'FILE_TYPE',
  Header: 'HEADER',
  Cookie: 'COOKIE',
  SslConnHasCert: 'SSL_CONN_HAS_CERT',
  SslVerifyResult: 'SSL_VERIFY_RESULT',
  SslDnField: 'SSL_DN_FIELD',
} as const;
export type L7RuleType = (typeof L7RuleType)[keyof typeof L7RuleType];

export const L7RuleCompareType = {
  Regex: 'REGEX',
  StartsWith: 'STARTS_WITH',
  EndsWith: 'ENDS_WITH',
  Contains: 'CONTAINS',
  EqualTo: 'EQUAL_TO',
} as const;
export type L7RuleCompareType = (typeof L7RuleCompareType)[keyof typeof L7RuleCompareType];

export interface L7Rule {
  readonly id: string;
  readonly projectId: string;
  readonly l7PolicyId: string;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly type: L7RuleType;
  readonly compareType: L7RuleCompareType;
  readonly key: string | null;
  readonly value: string;
  readonly isInverted: boolean;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}
