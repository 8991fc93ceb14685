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

/** Something that no quantifier may follow, as none may follow `\A` or `(?i)`. */
const NOT_REPEATABLE = '^';
const SETS_FLAGS = /^\(\?(?!R\))[a-zA-Z^]*(?:-[a-zA-Z]+)?\)$/;

function toJavaScript(expression: string): string {
  return expression.replaceAll(TOKENS, (token, name?: string, quantifier?: string) => {
    if (token.startsWith('\\Q')) return '(?:)';
    if (/^\\[AZzG]$/.test(token)) return NOT_REPEATABLE;
    if (token.startsWith('\\')) return token;
    if (token.startsWith('[')) return token.replace(/^(\[\^?)\]/, String.raw`$1\]`);
    if (name !== undefined) return `(?<${name}>`;
    if (quantifier !== undefined) return quantifier;
    const opensGroup = token.endsWith(':') || /^\(\?[>|(]/.test(token);
    if (opensGroup) return '(?:';
    return SETS_FLAGS.test(token) ? NOT_REPEATABLE : '(?:)';
  });
}

const GROUP = /\((?![?*])|\(\?(?:P?<(?![=!])|')/g;
const GROUP_NAME = /\(\?(?:P?<|')(\w+)[>']/g;
// \1, \k<n>, any other escape; (?P=n) (?P>n) (?&n), (?1)
const REFERENCES = /\\(?:([1-9])|k[<'{](\w+)[>'}]|.)|\(\?(?:P[=>]|&)(\w+)\)|\(\?(\d+)\)/gs;

/** A reference to a group that is not there: JavaScript's engine alone takes it for characters. */
function strayReference(expression: string): string | null {
  const bare = expression.replaceAll(new RegExp(`${QUOTED}|${CLASS}|${COMMENT}`, 'gs'), '');
  const unescaped = bare.replaceAll(/\\./gs, '');
  const count = unescaped.match(GROUP)?.length ?? 0;
  const names = [...unescaped.matchAll(GROUP_NAME)].map((match) => match[1]);
  for (const [, digit, backName, name, number] of bare.matchAll(REFERENCES)) {
    const wanted = backName ?? name;
    if (wanted !== undefined && !names.includes(wanted)) return `unknown group name ${wanted}`;
    const stray = Number(digit ?? number ?? 0);
    if (stray > count) return `invalid group reference ${stray}`;
  }
  return null;
}
