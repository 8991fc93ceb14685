import { randomUUID } from 'node:crypto';
import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { parseReference, type Reference, referenceOf, SecretKind } from './reference.ts';
import type { Seal } from './seal.ts';

/** What may be known of a secret without opening it. */
export interface StoredSecret {
  readonly ref: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: Date;
}

export interface NewSecret {
  readonly kind: SecretKind;
  readonly projectId: string;
  readonly name: string;
  readonly text: string;
}

interface Row extends Reference {
  readonly projectId: string;
  readonly sealed: Buffer;
}

export { SecretKind };
export type SecretStore = ReturnType<typeof secretStore>;

/** Of a revocation list with some ten thousand entries; nothing else comes near. Amphorae take eight times as much. */
export const SECRET_LENGTH_MAX = 1024 * 1024;

const RESEAL_BATCH_SIZE = 50;
const COLUMNS = 'id, kind, project_id as "projectId", sealed';

/** Tenants' secrets in our database, sealed. */
export function secretStore(database: Database, seal: Seal) {
  return {
    /**
     * @returns its reference
     * @throws OctaviaError for what is too large
     */
    async add({ kind, projectId, name, text }: NewSecret): Promise<string> {
      if (text.length > SECRET_LENGTH_MAX) throw tooLarge(text.length);
      const id = randomUUID();
      await database.query(
        'insert into tenant_secret (id, project_id, kind, name, sealed) values ($1, $2, $3, $4, $5)',
        [id, projectId, kind, name, seal.close(text, placeOf({ kind, id, projectId }))],
      );
      return referenceOf({ kind, id });
    },

    /** Null for what is not there, of another kind, or another project's. */
    async read(ref: string, kind: SecretKind, projectId: string): Promise<string | null> {
      const reference = parseReference(ref);
      if (reference === null || reference.kind !== kind) return null;
      const found = await database.query<Row>(
        `select ${COLUMNS} from tenant_secret where id = $1 and kind = $2 and project_id = $3`,
        [reference.id, kind, projectId],
      );
      const row = found.rows[0];
      return row === undefined ? null : seal.open(row.sealed, placeOf(row));
    },

    /** @param projectId null: everyone's */
    async list(projectId: string | null): Promise<readonly StoredSecret[]> {
      const found = await database.query<Reference & Omit<StoredSecret, 'ref'>>(
        `select id, kind, project_id as "projectId", name, created_at as "createdAt" from tenant_secret
         where $1::text is null or project_id = $1 order by created_at, id`,
        [projectId],
      );
      return found.rows.map(({ id, kind, ...row }) => ({ ref: referenceOf({ kind, id }), ...row }));
    },

    /** @returns whether it was there */
    async remove(ref: string): Promise<boolean> {
      const reference = parseReference(ref);
      if (reference === null) return false;
      const { kind, id } = reference;
      const gone = await database.query('delete from tenant_secret where id = $1 and kind = $2', [
        id,
        kind,
      ]);
      return gone.rowCount === 1;
    },

    /**
     * Seals everything with the first passphrase, a batch a transaction: after it the others can go from the
     * configuration. Safe to break off and to repeat.
     * @returns how many were sealed anew
     */
    async reseal(): Promise<number> {
      let count = 0;
      for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
        const batch = await resealAfter(database, seal, after);
        count += batch.resealed;
        if (batch.last === null) return count;
        after = batch.last;
      }
    },
  };
}

async function resealAfter(
  database: Database,
  seal: Seal,
  after: string,
): Promise<{ readonly resealed: number; readonly last: string | null }> {
  return transaction(database, async (tx) => {
    const { rows } = await tx.query<Row>(
      `select ${COLUMNS} from tenant_secret where id > $1 order by id limit $2 for update`,
      [after, RESEAL_BATCH_SIZE],
    );
    const old = rows.filter(({ sealed }) => !seal.isCurrent(sealed));
    for (const row of old) {
      const place = placeOf(row);
      const sealed = seal.close(seal.open(row.sealed, place), place);
      await tx.query('update tenant_secret set sealed = $2 where id = $1', [row.id, sealed]);
    }
    return { resealed: old.length, last: rows.at(-1)?.id ?? null };
  });
}

function tooLarge(length: number): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidInput,
    `a secret of ${length} characters; at most ${SECRET_LENGTH_MAX} are stored`,
  );
}

/** Sealed along: a row that was given another id or project by hand does not open. */
function placeOf({ kind, id, projectId }: Reference & { readonly projectId: string }): string {
  return `${kind} ${id} of project ${projectId}`;
}
