import Sqlite from 'better-sqlite3';
import { fail, type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import { describeEvent } from '../../../src-engine/record/describe-event.ts';
import { eventIndex } from '../../../src-engine/record/event-number.ts';
import type { Compressor } from '../../../src-engine/record/run.ts';
import { DamagedRecording } from '../../../src-engine/record/run-blocks.ts';
import { EVENT_VIEWS, RANGE_PARAMETERS, RUN_PARAMETER, SQL_VIEWS, type SqlView, STATE_VIEWS } from '../../../src-engine/record/sql-views.ts';
import type { Database } from '../database.ts';
import { type Cell, eventRows, numberOr } from './event-rows.ts';
import { createRunLibrary, type RunFacts, type RunLibrary } from './run-facts.ts';
import { errorRange, lineColumn, sqlTokens, wordsOf } from './sql-text.ts';
import { counterRows, passRows, RUN_ROWS, runRows, SHARED_ROWS, sampleRows } from './state-rows.ts';
import { unknownNameRemedy } from './unknown-name.ts';

/** What a query gave. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** There would have been more rows than were asked for. */
  readonly is_cut: boolean;
  readonly elapsed_ms: number;
}

export interface QuerySession {
  /**
   * Asks a query over runs (none: all of the library), for `row_max` rows at most. Errors: what is wrong with the text, with its line and column; no such run; a damaged recording.
   */
  query(sql: string, run_ids: readonly number[], row_max: number): Result<QueryResult>;
}

const STATEMENTS = new Set(['select', 'with', 'values', 'explain']);
const READ_ONLY = 'write one statement that begins with select, with, values or explain';

const quoted = (name: string): string => `"${name}"`;

/** A cell as it crosses processes: SQLite's blobs are written as SQL writes them. */
function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return String(value);
}

/** Rows of one run, of a range of its events or steps. */
type StreamedRows = (facts: RunFacts, from: number, to: number) => Iterable<Cell[]>;

/** The views over the runs of one scope, in a database of its own in memory: a query that reaches them reaches nothing else. */
class Views {
  readonly sqlite = new Sqlite(':memory:');
  readonly #database: Database;
  readonly #runs: RunLibrary;
  readonly #run_ids: readonly number[];
  readonly #filled = new Set<string>();

  constructor(database: Database, runs: RunLibrary, run_ids: readonly number[]) {
    this.#database = database;
    this.#runs = runs;
    this.#run_ids = run_ids;
    this.sqlite.exec('create table scope (run integer primary key)');
    const insert = this.sqlite.prepare('insert into scope values (?)');
    for (const run_id of run_ids) insert.run(run_id);
    for (const view of STATE_VIEWS) this.#defineState(view);
    const factsOf = (run: unknown): RunFacts | undefined => this.#facts(run);
    for (const spec of EVENT_VIEWS) this.#define(spec.view, eventRows(spec, factsOf));
    this.sqlite.function('describe', { deterministic: true, varargs: false }, (run: unknown, event: unknown): string | null => {
      const facts = this.#facts(run);
      const row = typeof event === 'number' && event > 0 ? facts?.player.events(eventIndex(event), 1)[0] : undefined;
      return facts === undefined || row === undefined ? null : describeEvent(row, facts.words);
    });
  }

  #facts(run: unknown): RunFacts | undefined {
    return typeof run === 'number' && this.#run_ids.includes(run) ? this.#runs.open(run) : undefined;
  }

  #defineState(view: SqlView): void {
    const ranged: Readonly<Record<string, StreamedRows>> = {
      reclaim_passes: (facts, from, to) => passRows(facts, from, to),
      counters: (facts, from, to) => counterRows(facts, from, to),
      samples: (facts) => sampleRows(this.#database, facts),
    };
    const rows = ranged[view.name];
    if (rows !== undefined) this.#defineStreamed(view, rows);
    else this.sqlite.exec(`create table ${quoted(view.name)} (${view.columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')})`);
  }

  /** A view whose rows are made as they are read, run by run: the run that a query names is the one that is read. */
  #defineStreamed(view: SqlView, rows: StreamedRows): void {
    const factsOf = (run: unknown): RunFacts | undefined => this.#facts(run);
    this.#define(view, function* (run, from, to) {
      const facts = factsOf(run);
      if (facts !== undefined) yield* rows(facts, numberOr(from, 0), numberOr(to, Number.POSITIVE_INFINITY));
    });
  }

  #define(view: SqlView, rows: (run: unknown, from: unknown, to: unknown) => Generator<Cell[]>): void {
    const parameters = view.range === undefined ? [RUN_PARAMETER] : RANGE_PARAMETERS[view.range];
    this.sqlite.table(`${view.name}_in`, {
      columns: view.columns.map(({ name }) => name),
      parameters: [...parameters],
      rows,
    });
    // Numbers come out of a function as reals; the first column is the run.
    const columns = view.columns.map(({ name, type }, index) =>
      index === 0
        ? `s.run as ${quoted(name)}`
        : type === 'integer'
          ? `cast(t.${quoted(name)} as integer) as ${quoted(name)}`
          : `t.${quoted(name)} as ${quoted(name)}`,
    );
    this.sqlite.exec(
      `create view ${quoted(view.name)} as select ${columns.join(', ')} from scope s join ${quoted(`${view.name}_in`)} t on t.${RUN_PARAMETER} = s.run`,
    );
  }

  /** Fills the tables that a text names, once. */
  fill(words: ReadonlySet<string>): void {
    for (const { name, columns } of SQL_VIEWS) {
      if (!words.has(name) || this.#filled.has(name)) continue;
      const rows = this.#rowsOf(name);
      if (rows === undefined) continue;
      this.#filled.add(name);
      const insert = this.sqlite.prepare(`insert into ${quoted(name)} values (${columns.map(() => '?').join(', ')})`);
      this.sqlite.transaction(() => {
        for (const row of rows) insert.run(...row);
      })();
    }
  }

  #rowsOf(name: string): Iterable<readonly Cell[]> | undefined {
    if (name === 'runs') return runRows(this.#database, this.#run_ids);
    if (name === 'event_kinds' || name === 'counter_names') return SHARED_ROWS[name]();
    const of_run = RUN_ROWS[name];
    if (of_run === undefined) return undefined;
    return this.#run_ids.flatMap((run_id) => {
      const facts = this.#runs.open(run_id);
      return facts === undefined ? [] : of_run(this.#database, facts);
    });
  }
}

/** Asks queries over the recorded runs of a database, which is only read. */
export function createQuerySession(database: Database, compressor: Compressor): QuerySession {
  const runs = createRunLibrary(database, compressor);

  /** What SQLite says of a text, on a database that has the views and no rows. */
  function refusal(sql: string, views: Views): LabError | undefined {
    const placed = (message: string, from: number, remedy?: string, text?: string): LabError => ({
      code: 'sql',
      message,
      place: { ...lineColumn(sql, from), ...(text === undefined ? {} : { text }) },
      ...(remedy === undefined ? {} : { remedy }),
    });
    const [first] = sqlTokens(sql);
    if (first === undefined) return placed('There is no query.', 0, READ_ONLY);
    if (!STATEMENTS.has(first.text.toLowerCase())) {
      // What is no statement at all is told by its spelling, below.
      const known =
        /^(?:pragma|attach|detach|insert|update|delete|replace|create|drop|alter|begin|commit|end|rollback|savepoint|release|vacuum|reindex|analyze)$/i;
      if (known.test(first.text)) return placed(`\`${first.text}\` is not allowed: recorded runs are only read.`, first.from, READ_ONLY, first.text);
    }
    const verdict = (text: string): string | undefined => {
      try {
        views.sqlite.prepare(text);
        return undefined;
      } catch (exception) {
        return exception instanceof Error ? exception.message : String(exception);
      }
    };
    const message = verdict(sql);
    if (message === undefined) {
      const statement = views.sqlite.prepare(sql);
      return statement.reader && statement.readonly
        ? undefined
        : placed('This statement is not allowed: recorded runs are only read.', first.from, READ_ONLY, first.text);
    }
    if (message.includes('more than one statement')) return placed('There is more than one statement.', sql.indexOf(';') + 1, READ_ONLY);
    const { from, to } = errorRange(sql, message, verdict);
    return placed(`${message}.`, from, unknownNameRemedy(sql, message), sql.slice(from, to));
  }

  return {
    query(sql, run_ids, row_max) {
      const begin = performance.now();
      const scope = runs.scope(run_ids);
      if (!scope.ok) return scope;
      const views = new Views(database, runs, scope.value);
      try {
        const refused = refusal(sql, views);
        if (refused !== undefined) return fail(refused);
        views.fill(wordsOf(sql));
        const statement = views.sqlite.prepare<[], unknown[]>(sql);
        const columns = statement.columns().map(({ name }) => name);
        const rows: Cell[][] = [];
        let is_cut = false;
        for (const row of statement.raw().iterate()) {
          if (rows.length >= row_max) {
            is_cut = true;
            break;
          }
          rows.push(row.map(cellOf));
        }
        return ok({ columns, rows, is_cut, elapsed_ms: performance.now() - begin });
      } catch (exception) {
        if (exception instanceof DamagedRecording) return fail(exception.error);
        // What shows only while the query runs: an overflow, a wrong use of a function.
        if (exception instanceof Sqlite.SqliteError) return fail({ code: 'sql', message: `${exception.message}.`, place: { line: 1, column: 1 } });
        throw exception;
      } finally {
        views.sqlite.close();
      }
    },
  };
}
