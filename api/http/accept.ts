/** Whether a client takes JSON. Absent, empty and unreadable mean yes. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const ranges = accept.split(',').map(parseRange);
  if (ranges.some((range) => range === null)) return true;
  const quality = (wanted: string) => ranges.find((range) => range?.type === wanted)?.quality;
  const best = quality('application/json') ?? quality('application/*') ?? quality('*/*') ?? 0;
  return best > 0;
}

function parseRange(text: string): { type: string; quality: number } | null {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return null;
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, quality: q === undefined ? 1 : Number(q.slice(2)) || 0 };
}
