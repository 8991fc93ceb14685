import { isAlias, isMap, isScalar, LineCounter, parseDocument } from 'yaml';

/** One line of a policy file: a rule's name and its text, unread. */
export interface PolicyEntry {
  readonly name: string;
  readonly text: string;
  /** `policy.yaml:12` */
  readonly where: string;
}

/** A file of rules, by whatever name it is known to who must mend it. */
export interface PolicyText {
  readonly name: string;
  readonly text: string;
}

const FORM = 'a policy file is a list of "name": "rule" lines';

/**
 * Reads one policy file: YAML, and so JSON too. A later line of the same name wins only in another file.
 * @param problems gets a line for each thing that is not a rule
 */
export function readPolicyText(file: PolicyText, problems: string[]): readonly PolicyEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, stringKeys: true });
  const where = (offset: number | undefined): string =>
    `${file.name}:${offset === undefined ? 1 : lines.linePos(offset).line}`;
  for (const error of document.errors)
    problems.push(`${where(error.pos[0])}: ${error.message.split('\n')[0]}`);
  if (document.errors.length > 0) return [];

  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) {
    problems.push(`${where(contents.range?.[0])}: ${FORM}`);
    return [];
  }
  return contents.items.flatMap(({ key, value }): PolicyEntry[] => {
    if (!isScalar(key) || typeof key.value !== 'string') return [];
    const place = where(key.range?.[0]);
    const scalar = isAlias(value) ? value.resolve(document) : value;
    if (isScalar(scalar) && typeof scalar.value === 'string')
      return [{ name: key.value, text: scalar.value, where: place }];
    problems.push(
      `${place}: "${key.value}" must be a rule in quotes; "" allows everybody, "!" nobody`,
    );
    return [];
  });
}
