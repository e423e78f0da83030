import { type Kysely, sql } from 'kysely';

/** The first schema: scenarios with their revisions, runs with what was recorded of them, bookmarks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // A text is stored once, under its hash, and never changes; scenarios and runs refer to it.
  await db.schema
    .createTable('revisions')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('sha256', 'text', (column) => column.notNull().unique())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('scenarios')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('about', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull().check(sql`origin in ('example', 'user', 'import')`))
    // The file it was read from: relative trace files are looked for beside it.
    .addColumn('source_path', 'text', (column) => column.unique())
    .addColumn('models', 'text', (column) => column.notNull())
    .addColumn('error_count', 'integer', (column) => column.notNull())
    .addColumn('revision_id', 'integer', (column) => column.notNull().references('revisions.id'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('scenario_revisions')
    .addColumn('scenario_id', 'integer', (column) => column.notNull().references('scenarios.id').onDelete('cascade'))
    .addColumn('revision_id', 'integer', (column) => column.notNull().references('revisions.id'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('scenario_revisions_key', ['scenario_id', 'revision_id'])
    .execute();

  // The shipped text of each example as last put into the library: tells an edited example from an old one, and a deleted one from a new one.
  await db.schema
    .createTable('shipped_examples')
    .addColumn('file_name', 'text', (column) => column.primaryKey())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('scenario_id', 'integer', (column) => column.references('scenarios.id').onDelete('set null'))
    .execute();

  // Texts of imported traces, compressed with zstd.
  await db.schema
    .createTable('attachments')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'integer', (column) => column.notNull())
    .addColumn('data', 'blob', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('runs')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('scenario_id', 'integer', (column) => column.references('scenarios.id').onDelete('set null'))
    .addColumn('scenario_name', 'text', (column) => column.notNull())
    .addColumn('revision_id', 'integer', (column) => column.references('revisions.id'))
    .addColumn('base_dir', 'text')
    .addColumn('attachment_id', 'integer', (column) => column.references('attachments.id'))
    .addColumn('source', 'text', (column) => column.notNull().check(sql`source in ('engine', 'trace', 'kernel')`))
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('recording', 'complete', 'interrupted', 'failed', 'cancelled')`))
    .addColumn('meta', 'text')
    .addColumn('names', 'text')
    .addColumn('event_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('step_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('access_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('end_ns', 'real', (column) => column.notNull().defaultTo(0))
    .addColumn('log_sha256', 'text')
    .addColumn('stored_bytes', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('wall_ms', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('error', 'text')
    // Who records it now (process-identity.ts), and when that process last wrote.
    .addColumn('recorder', 'text')
    .addColumn('heartbeat_ms', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.createIndex('runs_scenario').on('runs').column('scenario_id').execute();

  await db.schema
    .createTable('blocks')
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('block_index', 'integer', (column) => column.notNull())
    .addColumn('first_event', 'integer', (column) => column.notNull())
    .addColumn('event_count', 'integer', (column) => column.notNull())
    .addColumn('first_step', 'integer', (column) => column.notNull())
    .addColumn('first_time_ns', 'real', (column) => column.notNull())
    .addColumn('kind_counts', 'blob', (column) => column.notNull())
    // SHA-256 of the log from the run's start to this block's end.
    .addColumn('log_sha256', 'text', (column) => column.notNull())
    .addColumn('data', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('blocks_key', ['run_id', 'block_index'])
    .execute();

  await db.schema
    .createTable('keyframes')
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('block_index', 'integer', (column) => column.notNull())
    .addColumn('data', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('keyframes_key', ['run_id', 'block_index'])
    .execute();

  await db.schema
    .createTable('series')
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('block_index', 'integer', (column) => column.notNull())
    .addColumn('level', 'integer', (column) => column.notNull())
    .addColumn('data', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('series_key', ['run_id', 'block_index', 'level'])
    .execute();

  await db.schema
    .createTable('samples')
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('sample_index', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('event_index', 'integer', (column) => column.notNull())
    .addColumn('step_index', 'integer', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('samples_key', ['run_id', 'sample_index'])
    .execute();

  await db.schema
    .createTable('expectations')
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('expectation_index', 'integer', (column) => column.notNull())
    .addColumn('line', 'integer', (column) => column.notNull())
    .addColumn('step_index', 'integer', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('counter', 'text', (column) => column.notNull())
    .addColumn('expected', 'real', (column) => column.notNull())
    .addColumn('tolerance', 'real', (column) => column.notNull())
    .addColumn('actual', 'real', (column) => column.notNull())
    .addColumn('held', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('expectations_key', ['run_id', 'expectation_index'])
    .execute();

  await db.schema
    .createTable('bookmarks')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('run_id', 'integer', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('event_index', 'integer', (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('bookmarks_run').on('bookmarks').column('run_id').execute();

  // One number that rises with every change that a list of the library shows, whoever makes it; blocks being recorded do not count.
  await db.schema
    .createTable('library_state')
    .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute();
  await sql`insert into library_state (id, version) values (1, 0)`.execute(db);
  for (const [name, change] of [
    ['scenarios_insert', sql`insert on scenarios`],
    ['scenarios_update', sql`update on scenarios`],
    ['scenarios_delete', sql`delete on scenarios`],
    ['runs_insert', sql`insert on runs`],
    ['runs_update', sql`update of status, scenario_id on runs`],
    ['runs_delete', sql`delete on runs`],
  ] as const) {
    await sql`create trigger ${sql.ref(`library_${name}`)} after ${change} begin update library_state set version = version + 1; end`.execute(db);
  }
}
