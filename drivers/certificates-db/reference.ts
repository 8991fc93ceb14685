/** Barbican's two shapes: a certificate with its key, or one text. */
export const SecretKind = { Container: 'container', Secret: 'secret' } as const;
export type SecretKind = (typeof SecretKind)[keyof typeof SecretKind];

export interface Reference {
  readonly kind: SecretKind;
  readonly id: string;
}

// Whoever compares a reference with Barbican's finds the same path. Nothing listens there, as the name says.
const BASE = 'https://certificates.invalid/v1';
const REFERENCE = /\/v1\/(container|secret)s\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/;

export function referenceOf({ kind, id }: Reference): string {
  return `${BASE}/${kind}s/${id}`;
}

/** @returns null for what is no reference of this form; the host is not looked at, as with Barbican's */
export function parseReference(ref: string): Reference | null {
  const [, kind, id] = REFERENCE.exec(ref) ?? [];
  return kind === undefined || id === undefined ? null : { kind: kind as SecretKind, id };
}
