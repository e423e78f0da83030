import type { RunResult, Statement } from 'better-sqlite3';
import type { BookmarkRow } from '../lab/contract.ts';
import type { Database } from './database.ts';

/** A run as it is shared: its row with what belongs to it, without its blocks. */
export interface StoredRun {
  readonly id: number;
  readonly scenario_id: number | null;
  readonly scenario_name: string;
  readonly text_sha256: string | null;
  readonly attachment_id: number | null;
  readonly attachment_file_name: string | null;
  readonly attachment_size_bytes: number | null;
  readonly source: 'engine' | 'trace' | 'kernel';
  readonly model: string;
  readonly status: string;
  /** JSON of RunMeta; of RunNames; of LabError. */
  readonly meta: string | null;
  readonly names: string | null;
  readonly error: string | null;
  readonly event_count: number;
  readonly step_count: number;
  readonly access_count: number;
  readonly end_ns: number;
  readonly block_count: number;
  /** Bytes of blocks, keyframes and series. */
  readonly stored_bytes: number;
  /** Of the log up to the last block; null where there is none. */
  readonly log_sha256: string | null;
}

export interface StoredBookmark extends Pick<BookmarkRow, 'event_index' | 'note'> {}

/** What a run refers to, by ids of its database. */
export interface RunReferences {
  readonly scenario_id: number | null;
  readonly revision_id: number | null;
  readonly attachment_id: number | null;
}

/** Reads and writes of whole runs, for sharing. Synchronous; throws what SQLite throws. */
export interface SharedRows {
  run(run_id: number): StoredRun | undefined;
  /** Ids of runs that may be the same recording: equal model, events and log. */
  alike(run: Pick<StoredRun, 'model' | 'event_count' | 'log_sha256'>): readonly number[];
  block(run_id: number, block_index: number): Uint8Array;
  blockSizes(run_id: number): readonly { readonly block_index: number; readonly size_bytes: number }[];
  /** As compressed by addAttachment (zstd). */
  attachment(attachment_id: number): Uint8Array;
  text(sha256: string): string | undefined;
  bookmarks(run_id: number): readonly StoredBookmark[];
  /** Revisions of a scenario by their hashes, the current one last; undefined: there is no such scenario. */
  scenario(scenario_id: number): { readonly name: string; readonly texts: readonly string[] } | undefined;
  scenarioIds(): readonly number[];
  addSample(
    run_id: number,
    index: number,
    sample: { readonly name: string; readonly event_index: number; readonly step_index: number; readonly data: string },
  ): void;
  addBookmark(run_id: number, bookmark: StoredBookmark): void;
  /** Puts a text under its hash, if it is not there; answers its id. With `id` it gets that one. */
  addText(sha256: string, text: string, id?: number): number;
  textId(sha256: string): number | undefined;
  addRevision(scenario_id: number, revision_id: number): void;
  addAttachment(file_name: string, size_bytes: number, data: Uint8Array): number;
  /** Lets the ids of runs, scenarios and bookmarks count from here. */
  countFrom(first_id: number): void;
  runIds(): readonly number[];
  /**
   * Copies a run of another database here, with all that was recorded of it, in one transaction; answers its id here. `refs`: what it belongs to here.
   * Bookmarks are not copied.
   */
  copyRun(from: Database, run_id: number, refs: RunReferences): number;
}

const RUN = `
  select runs.id, scenario_id, scenario_name, revisions.sha256 as text_sha256, attachment_id, attachments.file_name as attachment_file_name,
    attachments.size_bytes as attachment_size_bytes, source, model, status, meta, names, error, event_count, step_count, access_count, end_ns,
    (select count(*) from blocks where run_id = runs.id) as block_count,
    stored_bytes,
    (select log_sha256 from blocks where run_id = runs.id order by block_index desc limit 1) as log_sha256
  from runs left join revisions on revisions.id = revision_id left join attachments on attachments.id = attachment_id where runs.id = ?`;

const RECORDED = ['blocks', 'keyframes', 'series', 'samples', 'expectations'] as const;

const present = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
};

/** Rows of one database as sharing needs them. */
export function createSharedRows({ sqlite }: Database): SharedRows {
  const run = sqlite.prepare<[number], StoredRun>(RUN);
  const alike = sqlite
    .prepare<[string, number, string | null], number>(
      'select id from runs where model = ? and event_count = ? and (select log_sha256 from blocks where run_id = runs.id order by block_index desc limit 1) = ? order by id',
    )
    .pluck();
  const block = sqlite.prepare<[number, number], Uint8Array>('select data from blocks where run_id = ? and block_index = ?').pluck();
  const block_sizes = sqlite.prepare<[number], { readonly block_index: number; readonly size_bytes: number }>(
    'select block_index, length(data) as size_bytes from blocks where run_id = ? order by block_index',
  );
  const attachment = sqlite.prepare<[number], Uint8Array>('select data from attachments where id = ?').pluck();
  const text = sqlite.prepare<[string], string>('select text from revisions where sha256 = ?').pluck();
  const text_id = sqlite.prepare<[string], number>('select id from revisions where sha256 = ?').pluck();
  const bookmarks = sqlite.prepare<[number], StoredBookmark>('select event_index, note from bookmarks where run_id = ? order by event_index, note, id');
  const scenario = sqlite.prepare<[number], { readonly name: string; readonly revision_id: number }>('select name, revision_id from scenarios where id = ?');
  const revisions = sqlite.prepare<[number], { readonly id: number; readonly sha256: string }>(
    'select revisions.id, sha256 from scenario_revisions join revisions on revisions.id = revision_id where scenario_id = ? order by scenario_revisions.created_at, revisions.id',
  );
  const scenario_ids = sqlite.prepare<[], number>('select id from scenarios order by id').pluck();
  const add_sample = sqlite.prepare<[number, number, string, number, number, string]>(
    'insert into samples (run_id, sample_index, name, event_index, step_index, data) values (?, ?, ?, ?, ?, ?)',
  );
  const add_bookmark = sqlite.prepare<[number, number, string, string]>('insert into bookmarks (run_id, event_index, note, created_at) values (?, ?, ?, ?)');
  const add_text = sqlite.prepare<[number | null, string, string]>('insert into revisions (id, sha256, text) values (?, ?, ?) on conflict (sha256) do nothing');
  const add_revision = sqlite.prepare<[number, number, string]>(
    'insert into scenario_revisions (scenario_id, revision_id, created_at) values (?, ?, ?) on conflict do nothing',
  );
  const add_attachment = sqlite
    .prepare<[string, number, Uint8Array], number>('insert into attachments (file_name, size_bytes, data) values (?, ?, ?) returning id')
    .pluck();
  const run_ids = sqlite.prepare<[], number>('select id from runs order by id').pluck();
  const inserts = new Map<string, Statement>();
  const insertRow = (table: string, row: Readonly<Record<string, unknown>>): RunResult => {
    const names = Object.keys(row);
    const statement = inserts.get(table) ?? sqlite.prepare(`insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`);
    inserts.set(table, statement);
    return statement.run(...Object.values(row));
  };
  const textId = (sha256: string): number | undefined => text_id.get(sha256);

  return {
    run: (run_id) => run.get(run_id),
    alike: ({ model, event_count, log_sha256 }) => alike.all(model, event_count, log_sha256),
    block: (run_id, block_index) => present(block.get(run_id, block_index), `block ${block_index} of run ${run_id}`),
    blockSizes: (run_id) => block_sizes.all(run_id),
    attachment: (attachment_id) => present(attachment.get(attachment_id), `attachment ${attachment_id}`),
    text: (sha256) => text.get(sha256),
    textId,
    bookmarks: (run_id) => bookmarks.all(run_id),
    scenario(scenario_id) {
      const found = scenario.get(scenario_id);
      if (found === undefined) return undefined;
      const history = revisions.all(scenario_id);
      const ordered = [...history.filter(({ id }) => id !== found.revision_id), ...history.filter(({ id }) => id === found.revision_id)];
      return { name: found.name, texts: ordered.map(({ sha256 }) => sha256) };
    },
    scenarioIds: () => scenario_ids.all(),
    addSample: (run_id, index, sample) => void add_sample.run(run_id, index, sample.name, sample.event_index, sample.step_index, sample.data),
    addBookmark: (run_id, { event_index, note }) => void add_bookmark.run(run_id, event_index, note, new Date().toISOString()),
    addText(sha256, content, id) {
      add_text.run(id ?? null, sha256, content);
      return present(textId(sha256), `text ${sha256}`);
    },
    addRevision: (scenario_id, revision_id) => void add_revision.run(scenario_id, revision_id, new Date().toISOString()),
    addAttachment: (file_name, size_bytes, data) => present(add_attachment.get(file_name, size_bytes, data), 'id of the attachment'),
    countFrom(first_id) {
      for (const table of ['runs', 'scenarios', 'bookmarks', 'comparisons'])
        sqlite.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, first_id - 1);
    },
    runIds: () => run_ids.all(),
    copyRun: (from, run_id, refs) =>
      sqlite.transaction((): number => {
        const { id: _id, ...row } = present(
          from.sqlite.prepare<[number], Record<string, unknown>>('select * from runs where id = ?').get(run_id),
          `run ${run_id}`,
        );
        const started_at = new Date().toISOString();
        const id = Number(insertRow('runs', { ...row, ...refs, started_at }).lastInsertRowid);
        for (const table of RECORDED) {
          const rows = from.sqlite.prepare<[number], Record<string, unknown>>(`select * from ${table} where run_id = ?`);
          for (const recorded of rows.iterate(run_id)) insertRow(table, { ...recorded, run_id: id });
        }
        return id;
      })(),
  };
}
