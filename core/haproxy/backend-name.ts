/** Every listener has a backend of its own for a pool that it uses: limits and headers are the listener's. */
export function backendName(
  pool: { readonly id: string },
  listener: { readonly id: string },
): string {
  return `${pool.id}:${listener.id}`;
}
