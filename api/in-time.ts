/**
 * Waits for work of others no longer than that; the work itself cannot be stopped, and nobody looks at it afterwards.
 * @throws Error with `late` as its message, once the time is over
 */
export async function inTime<Result>(
  begin: () => Promise<Result>,
  timeoutMs: number,
  late: string,
): Promise<Result> {
  const { promise: isLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(late)), timeoutMs);
  const work = begin();
  work.catch(() => {});
  try {
    return await Promise.race([work, isLate]);
  } finally {
    clearTimeout(timer);
  }
}
