import { type Kysely, sql } from 'kysely';

/** Saved comparisons: sets of runs with their order and the one that the others are held against. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('comparisons')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull())
    // Null once its run was deleted: then the first run is the baseline.
    .addColumn('baseline_run_id', 'integer', (column) => column.references('runs.id').onDelete('set null'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('comparison_runs')
    .addColumn('comparison_id', 'integer', (column) => column.notNull().references('comparisons.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('comparison_runs_key', ['comparison_id', 'position'])
    .execute();
  await db.schema.createIndex('comparison_runs_run').on('comparison_runs').column('run_id').execute();

  // A comparison of one run compares nothing.
  await sql`create trigger comparison_runs_delete after delete on comparison_runs begin
    delete from comparisons where id = old.comparison_id and (select count(*) from comparison_runs where comparison_id = old.comparison_id) < 2;
  end`.execute(db);
  for (const change of ['insert', 'delete'] as const) {
    await sql`create trigger ${sql.ref(`library_comparisons_${change}`)} after ${sql.raw(change)} on comparisons begin update library_state set version = version + 1; end`.execute(
      db,
    );
  }
}
