type KeyType = 'text' | 'uuid' | 'integer' | 'decimal' | 'boolean' | 'timestamp';

/** A column that lists can be filtered and sorted by, and how texts become its values. */
export interface ListKey {
  readonly column: string;
  readonly type: KeyType;
  readonly isNullable: boolean;
}

/** Takes a value of the statement. @returns its place in the text */
export type Bind = (value: unknown) => string;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/;
const INTEGER = /^[+-]?\d{1,9}$/;
const DECIMAL = /^[+-]?\d{1,9}(\.\d{1,6})?$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The condition that a column equals a text of a request; a text that is no value of its type equals nothing. */
export function equals({ column, type }: ListKey, value: string, bind: Bind): string {
  switch (type) {
    case 'text':
      return `${column} = ${bind(value)}`;
    case 'uuid':
      return isUuid(value) ? `${column} = ${bind(value)}` : 'false';
    case 'integer':
      return INTEGER.test(value) ? `${column} = ${bind(Number(value))}` : 'false';
    case 'decimal':
      return DECIMAL.test(value) ? `${column} = ${bind(Number(value))}` : 'false';
    case 'boolean':
      return `${column} = ${bind(/^(true|1|t|y|yes|on)$/i.test(value))}`;
    case 'timestamp':
      return isMoment(value) ? `${column} = ${bind(`${value.replace(' ', 'T')}Z`)}` : 'false';
  }
}

/**
 * The column as pages compare it: never null, since nothing comes after null; texts by code point, whatever the
 * database's locale. The last keys stay bare, so that their index serves the order.
 */
export function comparable({ column, type, isNullable }: ListKey): string {
  switch (type) {
    case 'text':
      return `coalesce(${column}, '') collate "C"`;
    case 'uuid':
      return isNullable ? `coalesce(${column}::text, '') collate "C"` : column;
    case 'integer':
    case 'decimal':
      return isNullable ? `coalesce(${column}, -2147483648)` : column;
    case 'boolean':
      return isNullable ? `coalesce(${column}, false)` : column;
    case 'timestamp':
      return isNullable ? `coalesce(${column}, '-infinity')` : column;
  }
}

function isMoment(value: string): boolean {
  return TIMESTAMP.test(value) && !Number.isNaN(Date.parse(`${value.replace(' ', 'T')}Z`));
}
