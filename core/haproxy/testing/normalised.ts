/**
 * The lines of a configuration without what means nothing: indentation, runs of blanks, empty lines, and the order of
 * expected codes, which is random in the original.
 */
export function normalised(config: string): readonly string[] {
  return config
    .split('\n')
    .map((line) => line.trim().replaceAll(/ {2,}/g, ' '))
    .map((line) =>
      line.replace(/(?<= rstatus )\S+$/, (codes) => codes.split('|').toSorted().join('|')),
    )
    .filter((line) => line !== '');
}
