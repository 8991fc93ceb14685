/** A statement as it went to PostgreSQL. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** It stays prepared on the connection under this name. */
  readonly name?: string;
}
