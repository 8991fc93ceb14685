/** An object as the API answers it. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** The same with the names that we use inside; `admin_state_up` is our `isEnabled`. */
export function camelCased(object: ApiObject): Record<string, unknown> {
  const entries = Object.entries(object).map(([name, value]) => [
    name === 'admin_state_up'
      ? 'isEnabled'
      : name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

export function under(object: ApiObject, key: string): readonly ApiObject[] {
  return (object[key] ?? []) as readonly ApiObject[];
}
