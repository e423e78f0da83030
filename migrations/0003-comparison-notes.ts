import { type Kysely, sql } from 'kysely';

/** A note on each saved comparison: what it is to show. Empty where nothing was written. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('comparisons')
    .addColumn('note', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await sql`create trigger library_comparisons_update after update of note on comparisons begin update library_state set version = version + 1; end`.execute(
    db,
  );
}
