import { pythonText } from '../../api/schema/python-text.ts';
import { refusing, text, withBody } from './kinds.ts';
import type { Accepted, Kind, Refused } from './table.ts';

const notLists = ['x', 5, true, { a: 1 }].map(
  (sent): Refused => [sent, withBody(`Value not a valid list: ${pythonText(sent)}`)],
);

/** Kept in order, or as a set: sorted, and each item once. */
export function list(item: Kind): Kind {
  const inside = item.refuses.map(
    ([sent, ...rest]): Refused => [[item.accepts[0]?.[0], sent], ...rest],
  );
  return {
    accepts: [[[]], ...item.accepts.map(([sent, shownAs = sent]): Accepted => [[sent], [shownAs]])],
    refuses: [...notLists, ...inside, ...refusing('Value should not be null', null).map(inList)],
  };
}

function inList([sent, ...rest]: Refused): Refused {
  return [[sent], ...rest];
}

/** Refused as a whole; what is inside has a table of its own. */
export const objects: Kind = {
  accepts: [[[]]],
  refuses: [
    ...notLists,
    ...refusing('Value should be an object', 'x', 5, []).map(inList),
    ...refusing('Value should not be null', null).map(inList),
  ],
};

export const object: Kind = {
  accepts: [],
  refuses: refusing('Value should be an object', 'x', 5, true, []),
};

const tags = list(text(255));
export const TAGS: Kind = {
  accepts: [
    ...tags.accepts,
    [
      ['b', '', 'a', 'b'],
      ['', 'a', 'b'],
    ],
  ],
  refuses: tags.refuses,
};

export const map: Kind = {
  accepts: [[{}]],
  refuses: [
    ...['x', 5, true, []].map(
      (sent): Refused => [sent, withBody(`Value not a valid dict: ${pythonText(sent)}`)],
    ),
    ...refusing('Value should be string', 5, true, null, []).map(inMap),
    ...refusing('Value should have a maximum character requirement of 255', 'x'.repeat(256)).map(
      inMap,
    ),
  ],
};

function inMap([sent, ...rest]: Refused): Refused {
  return [{ 'X-Forwarded-For': sent }, ...rest];
}
