import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Selectable, sql } from 'kysely';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import type { ExpectationResult, RunMeta } from '../../src-engine/record/run.ts';
import type { BookmarkRow, RunRow, RunStatus } from '../lab/contract.ts';
import type { Database } from './database.ts';
import { isGone } from './process-identity.ts';
import type { RunsTable } from './schema.ts';

export interface NewRun {
  readonly scenario_id: number | null;
  readonly scenario_name: string;
  readonly revision_id: number | null;
  readonly base_dir: string | null;
  readonly source: RunMeta['source'];
  readonly model: string;
  /** Who will record it (process-identity.ts). */
  readonly recorder: string;
  readonly attachment_id?: number;
}

/** What a recorder needs to record a run, or the rest of one. */
export interface ClaimedRun {
  readonly run_id: number;
  readonly model: string;
  readonly scenario_name: string;
  /** Text of the scenario's revision; null for an imported trace. */
  readonly text: string | null;
  readonly base_dir: string | null;
  /** Known once a block of it was sealed. */
  readonly meta: RunMeta | null;
}

export interface RunEnd {
  readonly status: RunStatus;
  readonly wall_ms: number;
  readonly error?: LabError;
  /** Only of a run that is complete. */
  readonly complete?: {
    readonly log_sha256: string;
    readonly event_count: number;
    readonly step_count: number;
    readonly access_count: number;
    readonly end_ns: number;
    readonly expectations: readonly ExpectationResult[];
  };
}

export interface StoredSample {
  readonly name: string;
  readonly event_index: number;
  readonly step_index: number;
  /** JSON of what the sample holds; its shape is the lab's (sample.ts). */
  readonly data: string;
}

export interface RunStore {
  list(): Promise<readonly RunRow[]>;
  row(run_id: number): Promise<RunRow | undefined>;
  create(run: NewRun): Promise<number>;
  /**
   * Makes this process the run's recorder. `taken_from` is the identity of a process that hands it over.
   * Errors: there is no such run, another process records it, it is complete or has failed, or it was made on a kernel.
   */
  claim(run_id: number, recorder: string, taken_from?: string): Promise<Result<ClaimedRun>>;
  end(run_id: number, end: RunEnd): Promise<void>;
  /** Errors: there is no such run, it is being recorded. */
  remove(run_id: number): Promise<Result<null>>;
  expectations(run_id: number): Promise<readonly ExpectationResult[]>;
  samples(run_id: number): Promise<readonly StoredSample[]>;
  scenarioText(run_id: number): Promise<string | null>;
  addAttachment(file_name: string, bytes: Uint8Array): Promise<number>;
  /** Keeps an attachment with a run; one that it had goes, if no other run has it. */
  attach(run_id: number, attachment_id: number): Promise<void>;
  /** Bytes of the trace that the run was imported from, or of a kernel run's trace and console; undefined for a run of the engine. */
  attachment(run_id: number): Promise<Uint8Array | undefined>;
  bookmarks(run_id: number): Promise<readonly BookmarkRow[]>;
  /** Undefined: there is no such run. */
  addBookmark(run_id: number, event_index: number, note: string): Promise<BookmarkRow | undefined>;
  removeBookmark(bookmark_id: number): Promise<boolean>;
  /** Rises with every change that a list of the library shows, in whichever process it is made. */
  libraryVersion(): number;
}

const ROW = [
  'id',
  'scenario_id',
  'scenario_name',
  'revision_id',
  'model',
  'source',
  'status',
  'event_count',
  'step_count',
  'access_count',
  'end_ns',
  'log_sha256',
  'stored_bytes',
  'started_at',
  'wall_ms',
  'error',
  'recorder',
  'heartbeat_ms',
] as const;

/** A run that nobody records any more is interrupted, whatever its row still says. */
function statusOf(row: Pick<Selectable<RunsTable>, 'status' | 'recorder' | 'heartbeat_ms'>): RunStatus {
  return row.status === 'recording' && (row.recorder === null || isGone(row.recorder, row.heartbeat_ms)) ? 'interrupted' : row.status;
}

type SelectedRow = Pick<Selectable<RunsTable>, (typeof ROW)[number]> & {
  readonly failed_expectation_count: number | null;
  readonly engine_version: string | null;
};

function toRow(row: SelectedRow): RunRow {
  const { recorder: _recorder, heartbeat_ms: _heartbeat_ms, error, ...rest } = row;
  return {
    ...rest,
    status: statusOf(row),
    failed_expectation_count: rest.failed_expectation_count ?? 0,
    error: error === null ? null : (JSON.parse(error) as LabError),
  };
}

const missing = (run_id: number): LabError => ({ code: 'no-such-run', message: `There is no run ${run_id}.`, remedy: 'list the runs with `memledger list`' });

/** Runs without their blocks: those are written by `run-writer.ts` and read by `run-reader.ts`. */
export function createRunStore({ kysely, sqlite }: Database): RunStore {
  const library_version = sqlite.prepare<[], number>('select version from library_state').pluck();

  const rows = () =>
    kysely.selectFrom('runs').select((query) => [
      ...ROW,
      query
        .selectFrom('expectations')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('expectations.run_id', '=', 'runs.id')
        .where('held', '=', 0)
        .as('failed_expectation_count'),
      sql<string | null>`json_extract(meta, '$.engine_version')`.as('engine_version'),
    ]);
  const row = async (run_id: number): Promise<RunRow | undefined> => {
    const found = await rows().where('id', '=', run_id).executeTakeFirst();
    return found === undefined ? undefined : toRow(found);
  };

  return {
    row,

    async list() {
      return (await rows().orderBy('id', 'desc').execute()).map(toRow);
    },

    async create({ attachment_id, ...run }) {
      const now = new Date();
      const { id } = await kysely
        .insertInto('runs')
        .values({
          ...run,
          attachment_id: attachment_id ?? null,
          status: 'recording',
          started_at: now.toISOString(),
          heartbeat_ms: now.getTime(),
          meta: null,
          names: null,
          log_sha256: null,
          error: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },

    claim: (run_id, recorder, taken_from) =>
      kysely.transaction().execute(async (transaction): Promise<Result<ClaimedRun>> => {
        const found = await transaction
          .selectFrom('runs')
          .leftJoin('revisions', 'revisions.id', 'runs.revision_id')
          .select([
            'runs.model',
            'runs.scenario_name',
            'runs.base_dir',
            'runs.meta',
            'runs.status',
            'runs.source',
            'runs.recorder',
            'runs.heartbeat_ms',
            'revisions.text',
          ])
          .where('runs.id', '=', run_id)
          .executeTakeFirst();
        if (found === undefined) return fail(missing(run_id));
        const status = statusOf(found);
        if (status === 'complete') return fail({ code: 'run-complete', message: `Run ${run_id} is complete already.` });
        if (status === 'failed')
          return fail({ code: 'run-failed', message: `Run ${run_id} failed and would fail again.`, remedy: 'mend what its error names and start a new run' });
        if (found.source === 'kernel') {
          const message = `Run ${run_id} was made on a kernel, which cannot be taken up where it stopped.`;
          return fail({ code: 'run-not-resumable', message, remedy: 'run the scenario on the kernel again' });
        }
        if (status === 'recording' && found.recorder !== recorder && found.recorder !== taken_from) {
          return fail({ code: 'run-busy', message: `Run ${run_id} is being recorded by another process.`, remedy: 'wait for it to end' });
        }
        await transaction.updateTable('runs').set({ status: 'recording', recorder, heartbeat_ms: Date.now(), error: null }).where('id', '=', run_id).execute();
        const { model, scenario_name, base_dir, text } = found;
        return ok({ run_id, model, scenario_name, base_dir, text, meta: found.meta === null ? null : (JSON.parse(found.meta) as RunMeta) });
      }),

    end: (run_id, { status, wall_ms, error, complete }) =>
      kysely.transaction().execute(async (transaction) => {
        const { expectations = [], ...totals } = complete ?? {};
        await transaction
          .updateTable('runs')
          .set({ status, wall_ms, recorder: null, error: error === undefined ? null : JSON.stringify(error), ...totals })
          .where('id', '=', run_id)
          .execute();
        await transaction.deleteFrom('expectations').where('run_id', '=', run_id).execute();
        for (const [expectation_index, { held, ...expectation }] of expectations.entries()) {
          await transaction
            .insertInto('expectations')
            .values({ run_id, expectation_index, ...expectation, held: held ? 1 : 0 })
            .execute();
        }
      }),

    remove: (run_id) =>
      kysely.transaction().execute(async (transaction): Promise<Result<null>> => {
        const found = await transaction
          .selectFrom('runs')
          .select(['status', 'recorder', 'heartbeat_ms', 'attachment_id'])
          .where('id', '=', run_id)
          .executeTakeFirst();
        if (found === undefined) return fail(missing(run_id));
        if (statusOf(found) === 'recording') return fail({ code: 'run-busy', message: `Run ${run_id} is being recorded.`, remedy: 'cancel it first' });
        await transaction.deleteFrom('runs').where('id', '=', run_id).execute();
        await transaction
          .deleteFrom('attachments')
          .where(({ not, exists, selectFrom }) => not(exists(selectFrom('runs').select('runs.id').whereRef('runs.attachment_id', '=', 'attachments.id'))))
          .where('id', '=', found.attachment_id)
          .execute();
        return ok(null);
      }),

    async expectations(run_id) {
      const rows = await kysely.selectFrom('expectations').selectAll().where('run_id', '=', run_id).orderBy('expectation_index').execute();
      return rows.map(({ run_id: _run_id, expectation_index: _index, held, ...rest }) => ({ ...rest, held: held === 1 }));
    },

    samples: (run_id) =>
      kysely.selectFrom('samples').select(['name', 'event_index', 'step_index', 'data']).where('run_id', '=', run_id).orderBy('sample_index').execute(),

    async scenarioText(run_id) {
      const found = await kysely
        .selectFrom('runs')
        .innerJoin('revisions', 'revisions.id', 'runs.revision_id')
        .select('text')
        .where('runs.id', '=', run_id)
        .executeTakeFirst();
      return found?.text ?? null;
    },

    async addAttachment(file_name, bytes) {
      const { id } = await kysely
        .insertInto('attachments')
        .values({ file_name, size_bytes: bytes.length, data: zstdCompressSync(bytes) })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },

    async attach(run_id, attachment_id) {
      const before = await kysely.selectFrom('runs').select('attachment_id').where('id', '=', run_id).executeTakeFirst();
      await kysely.updateTable('runs').set({ attachment_id }).where('id', '=', run_id).execute();
      if (typeof before?.attachment_id !== 'number') return;
      await kysely
        .deleteFrom('attachments')
        .where(({ not, exists, selectFrom }) => not(exists(selectFrom('runs').select('runs.id').whereRef('runs.attachment_id', '=', 'attachments.id'))))
        .where('id', '=', before.attachment_id)
        .execute();
    },

    async attachment(run_id) {
      const found = await kysely
        .selectFrom('runs')
        .innerJoin('attachments', 'attachments.id', 'runs.attachment_id')
        .select('data')
        .where('runs.id', '=', run_id)
        .executeTakeFirst();
      return found === undefined ? undefined : zstdDecompressSync(found.data);
    },

    bookmarks: (run_id) => kysely.selectFrom('bookmarks').selectAll().where('run_id', '=', run_id).orderBy('event_index').orderBy('id').execute(),

    async addBookmark(run_id, event_index, note) {
      if ((await row(run_id)) === undefined) return undefined;
      return kysely
        .insertInto('bookmarks')
        .values({ run_id, event_index, note, created_at: new Date().toISOString() })
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    async removeBookmark(bookmark_id) {
      const { numDeletedRows } = await kysely.deleteFrom('bookmarks').where('id', '=', bookmark_id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    libraryVersion: () => library_version.get() ?? 0,
  };
}
