/** A row of a table: column → what stands in it. */
export type Row = Readonly<Record<string, string>>;

/** Columns as wide as their widest cell; all but the first to the right. */
export function table(rows: readonly Row[]): readonly string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))];
  const widths = names.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

export function whole(value: number | null): string {
  return value === null ? 'none' : Math.round(value).toLocaleString('en-US');
}
