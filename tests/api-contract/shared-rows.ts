import { PROJECT } from '../../api/testing/harness.ts';
import { bool, text, uuid } from './kinds.ts';
import { TAGS } from './list-kinds.ts';
import { MANDATORY, noOption, type Refused, type Row, shown } from './table.ts';
import { UNKNOWN } from './world.ts';

/** Rows that several nouns have. On creation `absent` counts; an update leaves what it does not have. */

export type Doing = 'create' | 'update';

/** @param value what it means to say nothing on creation */
export function whenCreating(doing: Doing, value: unknown): Pick<Row, 'absent'> {
  return doing === 'create' ? { absent: shown(value) } : {};
}

export const nameRow = (doing: Doing, name = 'name'): Row => ({
  name,
  kind: text(255),
  ...whenCreating(doing, ''),
  whenNull: shown(''),
});

/** A text that must be there and be no null. */
export const mandatoryNameRow = (doing: Doing, name: string): Row => ({
  ...nameRow(doing, name),
  ...(doing === 'create' ? { absent: MANDATORY } : {}),
  whenNull: noOption(name),
});

export const namesRows = (doing: Doing): readonly Row[] => [
  nameRow(doing),
  nameRow(doing, 'description'),
];

/** @param absent what creation makes of nothing; null is always false */
export const boolRow = (doing: Doing, name: string, absent: boolean): Row => ({
  name,
  kind: bool,
  ...whenCreating(doing, absent),
  whenNull: shown(false),
});

/** @param whenNull update: the tags as they were (the last that were accepted), or none */
export const tagsRow = (doing: Doing, whenNull: readonly string[] = []): Row => ({
  name: 'tags',
  kind: TAGS,
  ...whenCreating(doing, []),
  whenNull: shown(doing === 'create' ? [] : whenNull),
});

/** The last tags that a table's row sends: an update with null leaves them. */
export const KEPT_TAGS = ['', 'a', 'b'];

/** Taken under both names, and ignored: a child is its load balancer's. */
export const ignoredProjectRows: readonly Row[] = ['project_id', 'tenant_id'].map((name) => ({
  name,
  kind: text(36),
  accepts: text(36).accepts.map(([sent]) => [sent, PROJECT]),
  absent: shown(PROJECT),
  whenNull: shown(PROJECT),
}));

export const failure = (detail: string): string => `Validation failure: ${detail}`;

/** A reference to an object of ours: what is not there is a 404. */
export const referenceRow = (
  name: string,
  noun: string,
  id: string,
): Pick<Row, 'name' | 'kind' | 'refuses'> => ({
  name,
  kind: uuid(id),
  refuses: [[UNKNOWN, `${noun} ${UNKNOWN} not found.`, 404]],
});

const NOWHERE = 'https://secrets.example/none';
/** A reference to a certificate that is not there. */
export const unreadable: Refused = [NOWHERE, `Could not retrieve certificate: ['${NOWHERE}']`];
