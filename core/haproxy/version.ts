/** What an amphora's HAProxy is too old for is left out of its file. */
export interface HaproxyFeatures {
  readonly hasServerState: boolean;
  readonly hasPoolAlpn: boolean;
  readonly hasExporter: boolean;
  readonly needsForkWanted: boolean;
  readonly hasStrictLimits: boolean;
  readonly hasIdleClose: boolean;
  readonly hasHashBalance: boolean;
  readonly hasHostOnly: boolean;
}

/**
 * @param version of the package: its first two fields decide. An unreadable one counts as current, since every amphora
 * image of the last years is newer than the newest gate
 */
export function featuresOf(version: string): HaproxyFeatures {
  const [, major, minor] = /^(?:\d+:)?(\d+)\.(\d+)/.exec(version) ?? [];
  const isAtLeast = (wantedMajor: number, wantedMinor: number): boolean =>
    major === undefined ||
    Number(major) > wantedMajor ||
    (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
  return {
    hasServerState: isAtLeast(1, 6),
    hasPoolAlpn: isAtLeast(1, 9),
    hasExporter: isAtLeast(2, 0),
    needsForkWanted: isAtLeast(2, 2),
    hasStrictLimits: isAtLeast(2, 3),
    hasIdleClose: isAtLeast(2, 6),
    hasHashBalance: isAtLeast(2, 6),
    hasHostOnly: isAtLeast(2, 6),
  };
}
