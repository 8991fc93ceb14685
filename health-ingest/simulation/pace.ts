/** How often amphorae report, and how long they may be silent: in a simulated world and for those who watch it. */
export const HEARTBEAT_INTERVAL_MS = 1000;
export const HEARTBEAT_TIMEOUT_MS = 3000;
