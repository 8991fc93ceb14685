import type { Answered } from './explain.ts';
import { said } from './explain.ts';
import type { Kind, State } from './state.ts';

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

/** One text, in which what the model knows has names as short as `pool2`. */
export function named(lines: readonly string[], state: State): string {
  let text = lines.join('\n');
  const kinds = Object.entries(state).filter(([kind]) => kind !== 'limits') as [
    Kind,
    ReadonlyMap<string, unknown>,
  ][];
  for (const [kind, objects] of kinds)
    for (const [index, id] of [...objects.keys()].entries())
      text = text.replaceAll(id, `${kind}${index + 1}`);
  return text.replaceAll('00000000-0000-4000-8000-000000000000', 'nobody');
}
