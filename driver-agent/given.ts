// What providers send is looked at before it is used; these are the questions.

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the id as the database spells it; null for what is not a UUID */
export function uuidOf(value: unknown): string | null {
  const id = typeof value === 'string' ? value.toLowerCase() : '';
  return UUID.test(id) ? id : null;
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
