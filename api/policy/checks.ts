import type { Identity } from '../auth/strategy.ts';

/** What a rule is asked about: whose object it is. */
export interface PolicyTarget {
  readonly projectId: string | null;
}

type Check = (identity: Identity, target: PolicyTarget) => boolean;

const has =
  (role: string): Check =>
  (identity) =>
    identity.roles.includes(role);
const owns: Check = (identity, target) =>
  identity.projectId !== null && identity.projectId === target.projectId;
const any =
  (...checks: readonly Check[]): Check =>
  (identity, target) =>
    checks.some((check) => check(identity, target));
const all =
  (...checks: readonly Check[]): Check =>
  (identity, target) =>
    checks.every((check) => check(identity, target));

const admin = any((identity) => identity.isAdmin, has('admin'));
const service = has('service');
const globalObserver = has('admin');
const memberAndOwner = all(has('member'), owns);
const observerAndOwner = all(has('reader'), owns);
const quotaAdmin = has('admin');
const read = any(observerAndOwner, memberAndOwner, globalObserver, admin);

/** The named checks that rules stand on: Keystone's default roles. */
export const CHECKS = {
  admin,
  read,
  readGlobal: any(globalObserver, admin),
  readOrService: any(read, service),
  write: any(memberAndOwner, admin),
  readQuota: any(read, quotaAdmin),
  readQuotaGlobal: any(globalObserver, quotaAdmin, admin),
  writeQuota: any(quotaAdmin, admin),
} as const satisfies Readonly<Record<string, Check>>;

export type CheckName = keyof typeof CHECKS;
