/** What is counted per project. */
export type QuotaNoun =
  | 'loadBalancer'
  | 'listener'
  | 'pool'
  | 'member'
  | 'healthMonitor'
  | 'l7Policy'
  | 'l7Rule';

/** How many objects of each noun a project may have; -1: no limit, 0: none. */
export type QuotaLimits = Readonly<Record<QuotaNoun, number>>;

/** What an administrator sets; null: the deployment's default. */
export type QuotaChanges = Readonly<Partial<Record<QuotaNoun, number | null>>>;
