/**
 * Whether a regular expression can be compiled. The one who runs it is HAProxy with PCRE, and users write what Python
 * takes, too; we have JavaScript's engine. So what the others spell differently is brought to its spelling first, and
 * then its verdict on structure counts: brackets, quantifiers, ranges, references.
 * @returns what is wrong, or null
 */
export function regexProblem(expression: string): string | null {
  try {
    RegExp(toJavaScript(expression));
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*: /s, '') : String(error);
  }
  return strayReference(expression);
}

const QUOTED = String.raw`\\Q.*?(?:\\E|$)`;
const ESCAPED = String.raw`\\.`;
const CLASS = String.raw`\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]`;
const COMMENT = String.raw`\(\?#[^)]*\)`;
// (*UTF8), (?i), (?i:, (?P<n>, (?'n', (?P=n), (?R) (?1) (?&n) (?P>n), (?(1), and (?> (?|
const VERB = String.raw`\(\*[A-Z_0-9=]+\)`;
const FLAGS = String.raw`\(\?[a-zA-Z^]*(?:-[a-zA-Z]+)?[):]`;
const NAMED = String.raw`\(\?(?:P<|')(\w+)[>']`;
const NAMED_REFERENCE = String.raw`\(\?P=\w+\)`;
const RECURSION = String.raw`\(\?(?:R|[+-]?\d+|&\w+|P>\w+)\)`;
const CONDITION = String.raw`\(\?\((?:\w+|<\w+>|'\w+')\)`;
const UNCOMMON_GROUP = String.raw`\(\?[>|]`;
const POSSESSIVE = String.raw`([*+?}])\+`;

const TOKENS = new RegExp(
  [
    QUOTED,
    ESCAPED,
    CLASS,
    COMMENT,
    VERB,
    NAMED,
    NAMED_REFERENCE,
    RECURSION,
    CONDITION,
    UNCOMMON_GROUP,
    FLAGS,
    POSSESSIVE,
  ].join('|'),
  'gs',
);

function toJavaScript(expression: string): string {
  return expression.replaceAll(TOKENS, (token, name?: string, quantifier?: string) => {
    if (token.startsWith('\\Q')) return '(?:)';
    if (token.startsWith('\\')) return token;
    if (token.startsWith('[')) return token.replace(/^(\[\^?)\]/, String.raw`$1\]`);
    if (name !== undefined) return `(?<${name}>`;
    if (quantifier !== undefined) return quantifier;
    const opensGroup = token.endsWith(':') || /^\(\?[>|(]/.test(token);
    return opensGroup ? '(?:' : '(?:)';
  });
}

/** `\1` to `\9` refer to a group in every engine but JavaScript's, which takes any as a character. */
function strayReference(expression: string): string | null {
  const bare = expression.replaceAll(new RegExp(`${QUOTED}|${CLASS}|${COMMENT}`, 'gs'), '');
  const groups = bare.replaceAll(/\\./gs, '').match(/\((?!\?|\*)|\(\?(?:P?<(?![=!])|')/g) ?? [];
  const references = [...bare.matchAll(/\\(?:([1-9])|.)/gs)].map((match) => Number(match[1] ?? 0));
  const stray = references.find((number) => number > groups.length);
  return stray === undefined ? null : `invalid group reference ${stray}`;
}
