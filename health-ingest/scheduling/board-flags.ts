/** What the board knows of an amphora, one bit each. */
export const USED = 1;
/** The database expects reports of it. */
export const EXPECTED = 2;
export const REPORTED = 4;
/** The circuit breaker has refused to replace it. */
export const STOPPED = 8;
/** Its failover has been asked for. */
export const UNDER_WAY = 16;
