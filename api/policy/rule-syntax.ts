/** What a rule says, in the grammar of oslo.policy. */
export type Rule =
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'not'; readonly rule: Rule }
  | { readonly kind: 'and' | 'or'; readonly rules: readonly Rule[] }
  /** `role:admin`, `rule:read`, `project_id:%(project_id)s`: what is looked at, and what it must be. */
  | { readonly kind: 'check'; readonly subject: string; readonly match: string };

/** Why a text is not a rule: what would be right. */
export class RuleSyntaxError extends Error {}

const LENGTH_MAX = 65_536;
const DEPTH_MAX = 100;

/**
 * Reads one rule: checks joined by `and`, `or`, `not` and parentheses; `@` and nothing at all allow everybody, `!` nobody.
 * `and` binds closer than `or`.
 * @throws RuleSyntaxError and nothing else, whatever the text
 */
export function parseRule(text: string): Rule {
  if (text.length > LENGTH_MAX)
    throw new RuleSyntaxError(`it is longer than ${LENGTH_MAX} characters`);
  const words = wordsOf(text);
  if (words.length === 0) return { kind: 'always' };
  const reader = { words, next: 0, depth: 0 };
  const rule = anyOf(reader);
  const extra = reader.words[reader.next];
  if (extra === ')') throw new RuleSyntaxError('a ")" closes nothing');
  if (extra !== undefined) throw new RuleSyntaxError(`"and" or "or" is missing before "${extra}"`);
  return rule;
}

/** Where we are in the words of a rule. */
interface Reader {
  readonly words: readonly string[];
  next: number;
  depth: number;
}

/** Parentheses stand by themselves at the edges of a word; inside one they belong to `%(name)s`. */
function wordsOf(text: string): readonly string[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const opening = /^\(*/.exec(word)?.[0] ?? '';
      const rest = word.slice(opening.length);
      const closing = /\)*$/.exec(rest)?.[0] ?? '';
      const bare = rest.slice(0, rest.length - closing.length);
      return [...opening.split(''), ...(bare === '' ? [] : [bare]), ...closing.split('')];
    });
}

function anyOf(reader: Reader): Rule {
  return joined(reader, 'or', allOf);
}

function allOf(reader: Reader): Rule {
  return joined(reader, 'and', single);
}

function joined(reader: Reader, word: 'and' | 'or', part: (reader: Reader) => Rule): Rule {
  const first = part(reader);
  const rules = [first];
  while (isWord(reader, word)) {
    reader.next += 1;
    rules.push(part(reader));
  }
  return rules.length === 1 ? first : { kind: word, rules };
}

function single(reader: Reader): Rule {
  const word = reader.words[reader.next];
  if (word === undefined) throw new RuleSyntaxError('it ends where a check should follow');
  if (isWord(reader, 'not'))
    return nested(reader, (inside) => ({ kind: 'not', rule: single(inside) }));
  if (word === '(') return nested(reader, parenthesised);
  if (word === ')' || isWord(reader, 'and') || isWord(reader, 'or'))
    throw new RuleSyntaxError(`"${word}" stands where a check should be`);
  reader.next += 1;
  return checkOf(word);
}

function parenthesised(reader: Reader): Rule {
  const inside = anyOf(reader);
  const word = reader.words[reader.next];
  if (word === undefined) throw new RuleSyntaxError('a "(" is not closed');
  if (word !== ')') throw new RuleSyntaxError(`"and" or "or" is missing before "${word}"`);
  reader.next += 1;
  return inside;
}

function nested(reader: Reader, read: (reader: Reader) => Rule): Rule {
  if (reader.depth === DEPTH_MAX)
    throw new RuleSyntaxError(`it is nested more than ${DEPTH_MAX} levels deep`);
  reader.next += 1;
  reader.depth += 1;
  const rule = read(reader);
  reader.depth -= 1;
  return rule;
}

function isWord(reader: Reader, word: string): boolean {
  return reader.words[reader.next]?.toLowerCase() === word;
}

function checkOf(word: string): Rule {
  if (word === '@') return { kind: 'always' };
  if (word === '!') return { kind: 'never' };
  const colon = word.indexOf(':');
  if (colon < 1 || colon === word.length - 1)
    throw new RuleSyntaxError(
      `"${word}" is no check; a check is role:NAME, rule:NAME, is_admin:True, ATTRIBUTE:VALUE, @ or !`,
    );
  return { kind: 'check', subject: word.slice(0, colon), match: word.slice(colon + 1) };
}
