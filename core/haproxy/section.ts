/**
 * A section of the file. Agents find frontends, backends and modes by these very line breaks and blanks: the header
 * stands alone at the left margin, each of its lines is indented.
 */
export function section(header: string, lines: readonly string[]): string {
  return `${[header, ...lines.map((line) => `    ${line}`)].join('\n')}\n`;
}

/** A line that is there only on a condition: `...when(isWanted, 'line')`. */
export function when(isWanted: boolean, ...lines: readonly string[]): readonly string[] {
  return isWanted ? lines : [];
}
