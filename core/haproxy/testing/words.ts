/**
 * A configuration as HAProxy's own parser splits it: lines into words, with quotes, backslashes and comments taken
 * care of. Written from its manual, not from our escaping, so that one can be held against the other.
 */
export function wordsOf(config: string): readonly (readonly string[])[] {
  return config
    .split('\n')
    .map(wordsOfLine)
    .filter((words) => words.length > 0);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function wordsOfLine(line: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let isInWord = false;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < line.length; index++) {
    const char = line.charAt(index);
    if (char === '\\' && quote !== "'") {
      const next = line.charAt(++index);
      const hex = /^x[\dA-Fa-f]{2}/.exec(line.slice(index))?.[0];
      word += hex === undefined ? (ESCAPES[next] ?? next) : String.fromCharCode(Number(`0${hex}`));
      index += (hex?.length ?? 1) - 1;
      isInWord = true;
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      isInWord = true;
    } else if (char === '#') {
      break;
    } else if (/[ \t\r\v\f]/.test(char)) {
      if (isInWord) words.push(word);
      word = '';
      isInWord = false;
    } else {
      word += char;
      isInWord = true;
    }
  }
  if (isInWord) words.push(word);
  return words;
}
