/** Who sends requests. */
export interface Client {
  readonly name: string;
  readonly project: string;
  readonly role: 'member' | 'reader' | 'admin';
}

export const PROJECTS = ['blue', 'green'] as const;

/** Two who share a project, one who may only look, one of another project, and the operator. */
export const CLIENTS: readonly Client[] = [
  { name: 'Ann', project: 'blue', role: 'member' },
  { name: 'Ben', project: 'blue', role: 'member' },
  { name: 'Gil', project: 'green', role: 'member' },
  { name: 'Root', project: 'green', role: 'admin' },
  { name: 'Rea', project: 'blue', role: 'reader' },
];

export function headersOf({ project, role }: Client): Record<string, string> {
  return { 'x-project-id': project, 'x-roles': role };
}
