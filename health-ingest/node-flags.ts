/**
 * How Node is to be started for this service. Almost all that it allocates dies young, and left alone V8 gives such a
 * process 128 MB a thread for it; in 16 MB it runs as fast (`bench/ingest.ts`), and in less memory than it watches.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=8'];
