import { Unwritable } from './unwritable.ts';

/**
 * How a stranger's text gets into the file: everything that a tenant or a database can spell goes through one of these,
 * and what cannot be said safely is refused by name. Dropping a condition instead would widen what its policy does.
 */

/**
 * Agents of Octavia's take away every `group` between blanks, with the line that follows: it was in the files of their old
 * controllers. Spelt otherwise it means the same to HAProxy.
 */
const LAST_GROUP = /(?<=^|[ \t])group$/;

/** A tab is none: a quoted value of a rule may hold one, and HAProxy has a spelling for it. */
const CONTROL_CHARACTER = /[^\P{Cc}\t]/u;

/** @throws Unwritable that says what is wrong with what */
export function refuse(what: string, wrong: string): never {
  throw new Unwritable(`haproxy.cfg: ${what} ${wrong}`);
}

/**
 * One word of a line, whatever it holds: blanks, quotes, comment signs and backslashes lose their meaning.
 * @param what names the field and the object's id, for the refusal
 */
export function word(text: string, what: string): string {
  if (text === '') refuse(what, 'is empty; it must have a value');
  if (CONTROL_CHARACTER.test(text))
    refuse(what, 'holds a control character; it must be one line of text');
  return text
    .replaceAll(/[\\ #"']/g, String.raw`\$&`)
    .replace(LAST_GROUP, String.raw`\x67roup`)
    .replaceAll('\t', String.raw`\t`);
}

/** The one argument of a fetch such as `req.hdr(…)`: HAProxy splits and unquotes it a second time. */
export function argument(text: string, what: string): string {
  if (!/^[^\s,()]+$/u.test(text)) refuse(what, 'must be one word without commas and parentheses');
  return word(text.replaceAll(/[\\"']/g, String.raw`\$&`), what);
}

/** A word in a place where HAProxy expands `%…`: a log format, a header's value. */
export function literalInFormat(text: string, what: string): string {
  return word(text.replaceAll('%', '%%'), what);
}

/** A word that must not hold any blank, since it ends up in a line of HTTP. */
export function unspaced(text: string, what: string): string {
  if (/\s/u.test(text)) refuse(what, 'must not hold blanks');
  return word(text, what);
}

/** An id of ours. */
export function id(text: string, what: string): string {
  return matching(text, /^[0-9A-Za-z-]{1,64}$/, what, 'must be a UUID');
}

/** Text of a form that needs no escaping. */
export function matching(text: string, form: RegExp, what: string, wrong: string): string {
  return form.test(text) ? text : refuse(what, wrong);
}
