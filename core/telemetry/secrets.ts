// The end of a name under which a secret may lie, in snake_case or camelCase.
const SECRET_NAME =
  /(?:private_?key|passphrase|pem|heartbeat_?key|password|secret|token|authorization|connection)$/i;
// Up to the last `@`, since a password that nobody encoded may hold anything; rather too much is masked than too little.
const CREDENTIALS = /(:\/\/[^/@:\s]*):[^\s"]+@/g;
const MASK = '***';
// Deeper, and further down a list, nothing of ours is ever logged; a slip must not cost more than this.
const DEPTH_MAX = 8;
const ITEMS_MAX = 100;

/**
 * A copy of what is to be logged, without secrets: values under names that end like a secret's, and passwords in URLs
 * wherever they stand. Errors and other objects with a class are left as they are.
 */
export function maskSecrets<Value>(value: Value): Value {
  return mask(value, 0) as Value;
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value === 'string')
    return value.includes('://') ? value.replace(CREDENTIALS, `$1:${MASK}@`) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return depth < DEPTH_MAX
      ? value.slice(0, ITEMS_MAX).map((item) => mask(item, depth + 1))
      : '[…]';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  if (depth >= DEPTH_MAX) return '{…}';
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && inner !== null && inner !== undefined
        ? MASK
        : mask(inner, depth + 1),
    ]),
  );
}
