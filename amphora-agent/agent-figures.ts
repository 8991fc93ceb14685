/** What the agent counts of itself, and by what. */
export interface Counts {
  readonly requests: { readonly method: string; readonly route: string; readonly status: string };
  /** silent: none was sent, because keepalived does not run. */
  readonly heartbeats: { readonly outcome: 'sent' | 'failed' | 'silent' };
  /** refused: HAProxy's checker found a fault, and what was there before stays. */
  readonly configurations: { readonly outcome: 'applied' | 'refused' };
  /** kept: the old worker serves on with the old configuration. */
  readonly reloads: { readonly outcome: 'replaced' | 'kept' | 'failed' };
  /** Of what should run and did not. */
  readonly starts: { readonly outcome: 'started' | 'failed' };
}

/** One row for each combination of labels that was seen; all of them come from short lists. */
export interface CountRow {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

/** Bare numbers: what makes metrics of them takes two megabytes, and is loaded only when somebody asks. */
export class AgentFigures {
  readonly #rows = new Map<keyof Counts, Map<string, CountRow>>();
  /** On the clock that never jumps; null before the first. */
  lastHeartbeatMs: number | null = null;

  count<What extends keyof Counts>(what: What, labels: Counts[What]): void {
    const rows = this.#rows.get(what) ?? new Map<string, CountRow>();
    this.#rows.set(what, rows);
    const key = Object.values(labels).join(' ');
    const row = rows.get(key) ?? { labels: { ...labels }, value: 0 };
    rows.set(key, row);
    row.value++;
  }

  of(what: keyof Counts): readonly CountRow[] {
    return [...(this.#rows.get(what)?.values() ?? [])];
  }
}
