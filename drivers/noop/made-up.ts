import { createHash } from 'node:crypto';

/** A UUID that is the same for the same text, so that a made-up thing keeps its id in every process. */
export function madeUpId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** From 198.18.0.0/15, which is set aside for benchmarks and never routed. */
export function madeUpAddress(text: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(text).digest();
  return `198.${18 + (a % 2)}.${b}.${1 + (c % 254)}`;
}

export function madeUpMac(text: string): string {
  const bytes = [...createHash('sha256').update(text).digest().subarray(0, 3)];
  return ['fa', '16', '3e', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
