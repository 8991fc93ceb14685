/** Where a noop driver keeps what it made. In memory by default; tests that kill processes bring one that lasts. */
export interface NoopStore<Value> {
  get(key: string): Promise<Value | null>;
  put(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<void>;
  all(): Promise<readonly Value[]>;
}

export function memoryStore<Value>(): NoopStore<Value> {
  const values = new Map<string, Value>();
  return {
    get: async (key) => values.get(key) ?? null,
    put: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    all: async () => [...values.values()],
  };
}
