/** One line of a keepalived configuration, with the lines in its braces. */
export interface Statement {
  /** Without quotes; of a comment the first word is `#`. */
  readonly words: readonly string[];
  readonly inside: readonly Statement[];
}

/** The text is none of keepalived's; the message names the line. */
export class NotLvs extends Error {}

const DEPTH_MAX = 6;
const LINES_MAX = 100_000;

interface Open {
  readonly words: readonly string[];
  readonly inside: Statement[];
}

/**
 * Splits a configuration into statements. Comments that have a line of their own stay: ids are in them.
 * @throws NotLvs when braces do not match, or it is too deep or too long
 */
export function parseStatements(text: string): readonly Statement[] {
  const lines = text.split('\n');
  if (lines.length > LINES_MAX) throw new NotLvs(`has more than ${LINES_MAX} lines`);
  const root: Open = { words: [], inside: [] };
  const open: Open[] = [root];
  for (const [index, line] of lines.entries()) {
    const { words, opens, closes } = readLine(line);
    const current = open.at(-1) ?? root;
    if (closes) {
      if (open.length === 1)
        throw new NotLvs(`line ${index + 1}: nothing is open that } could close`);
      open.pop();
    } else if (opens) {
      if (open.length > DEPTH_MAX) throw new NotLvs(`line ${index + 1}: too many braces are open`);
      const block: Open = { words, inside: [] };
      current.inside.push(block);
      open.push(block);
    } else if (words.length > 0) current.inside.push({ words, inside: [] });
  }
  if (open.length > 1) throw new NotLvs(`{ after "${open.at(-1)?.words.join(' ')}" is not closed`);
  return root.inside;
}

interface Line {
  readonly words: readonly string[];
  readonly opens: boolean;
  readonly closes: boolean;
}

function readLine(text: string): Line {
  const line = text.trim();
  if (line.startsWith('#') || line.startsWith('!'))
    return { words: ['#', ...line.slice(1).trim().split(/\s+/)], opens: false, closes: false };
  const words: string[] = [];
  for (const [all, quoted] of line.matchAll(/"([^"]*)"|[#!]|[^\s"#!]+/g)) {
    if (all === '#' || all === '!') break;
    words.push(quoted ?? all);
  }
  const opens = words.at(-1) === '{';
  return {
    words: opens ? words.slice(0, -1) : words,
    opens,
    closes: words.length === 1 && words[0] === '}',
  };
}
