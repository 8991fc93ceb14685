import type { Answered } from './explain.ts';
import { said } from './explain.ts';
import type { State } from './state.ts';

/** A line for each command of a round. Successful answers are their status: what they made is seen in what follows. */
export function showAnswered(round: number, answered: readonly Answered[]): readonly string[] {
  return answered.map(({ command, answer }, index) => {
    const number = index === 0 ? `${round}.` : 'at once';
    const words = answer.status < 300 ? madeBy(answer.json) : said(answer);
    return `${number.padStart(8)} ${command.text} → ${answer.status} ${words}`.trimEnd();
  });
}

function madeBy(json: unknown): string {
  if (json === null || typeof json !== 'object') return '';
  const [made]: unknown[] = Object.values(json);
  const hasId = made !== null && typeof made === 'object' && 'id' in made;
  return hasId && typeof made.id === 'string' ? made.id : '';
}

/** What an object is called in a story, by its id: `pool2` is the second pool there was. */
export type Names = Map<string, string>;

export function giveNames(names: Names, state: State): void {
  for (const [kind, objects] of Object.entries(state))
    for (const id of objects.keys()) {
      const before = [...names.values()].filter((name) => name.startsWith(kind)).length;
      if (kind !== 'limits' && !names.has(id)) names.set(id, `${kind}${before + 1}`);
    }
}

export function named(lines: readonly string[], names: Names): string {
  let text = lines.join('\n');
  for (const [id, name] of names) text = text.replaceAll(id, name);
  return text.replaceAll('00000000-0000-4000-8000-000000000000', 'nobody');
}
