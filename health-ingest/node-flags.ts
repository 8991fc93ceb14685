/**
 * How Node is to be started for this service. Almost all that it allocates dies young, and left alone V8 takes up to
 * 128 MB a thread for it. With 16 MB a fleet of 10,000 was seen at 273 MB in all instead of 380; what that costs in CPU
 * has not been told apart from the noise of the machine.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=8'];
