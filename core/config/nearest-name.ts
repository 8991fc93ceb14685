const DISTANCE_MAX = 3;

/** The name that somebody probably meant: few letters away, whatever the case. Undefined when none is that close. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const close = names.map((candidate) => ({
    candidate,
    distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
  }));
  close.sort((a, b) => a.distance - b.distance);
  const best = close[0];
  // A short name is close to everything short.
  const limit = Math.min(DISTANCE_MAX, Math.floor(name.length / 2));
  return best && best.distance <= limit ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
