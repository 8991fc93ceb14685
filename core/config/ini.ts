/** One option as it stands in a file: its text and where it is, for messages. */
export interface IniOption {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export class IniSyntaxError extends Error {}

/**
 * Parses the dialect of oslo.config: `[section]`, `name = value` or `name: value`, comments on lines of their own
 * (`#`, `;`), continuation lines that begin with white space. A later option of the same name replaces an earlier one.
 * @throws IniSyntaxError naming the line
 */
export function parseIni(text: string): readonly IniOption[] {
  const options: IniOption[] = [];
  let section = 'DEFAULT';
  let last: { section: string; name: string; value: string; line: number } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (/^\s*([#;].*)?$/.test(raw)) continue;
    if (/^\s/.test(raw) && last) {
      last.value += `\n${raw.trim()}`;
      continue;
    }
    const header = /^\[([^\]]+)\]\s*$/.exec(raw);
    if (header?.[1]) {
      section = header[1];
      last = undefined;
      continue;
    }
    const option = /^([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(raw);
    // Not the line itself: it may be a secret that lost its name.
    if (!option?.[1])
      throw new IniSyntaxError(`line ${line}: neither "[section]" nor "option = value"`);
    last = { section, name: option[1], value: unquote(option[2] ?? ''), line };
    options.push(last);
  }
  return options;
}

function unquote(value: string): string {
  const text = value.trim();
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted?.[2] ?? text;
}
