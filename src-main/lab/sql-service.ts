import { randomInt } from 'node:crypto';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import type { Database } from '../store/database.ts';
import { createQuerySession, type QueryResult } from '../store/sql/query-session.ts';
import { storeError } from '../store/store-error.ts';
import { zstd } from './compressor.ts';
import type { Answer, Method } from './contract.ts';
import type { Checked } from './handlers.ts';
import { tableText } from './table-formats.ts';

/** Methods that the process of queries carries out. */
export const SQL_METHODS = ['sqlQuery', 'sqlRows', 'sqlColumn', 'sqlText'] as const satisfies readonly Method[];
export type SqlMethod = (typeof SQL_METHODS)[number];

export interface SqlService {
  /** Answers a call whose parameters are checked. */
  handle(method: SqlMethod, params: unknown): Result<unknown>;
}

/** Numbers of results begin anywhere below this. */
const ID_START_MAX = 2 ** 47;
/** Results that are kept for their rows to be read. */
const KEPT_MAX = 4;

/** Queries over the recorded runs of a database, and their results. */
export function createSqlService(database: Database): SqlService {
  const session = createQuerySession(database, zstd);
  const results = new Map<number, QueryResult>();
  // The process is killed to end a query, and starts anew: what a window still shows of the one before must not find another result under its number.
  let next_id = randomInt(1, ID_START_MAX);

  const withResult = <T>(query_id: number, use: (result: QueryResult) => T): Result<T> => {
    const found = results.get(query_id);
    return found === undefined ? fail({ code: 'sql-result-gone', message: 'The result is not kept any more.', remedy: 'run the query again' }) : ok(use(found));
  };

  const handlers: { readonly [M in SqlMethod]: (params: Checked<M>) => Result<Answer<M>> } = {
    sqlQuery({ sql, run_ids, row_max }) {
      const asked = session.query(sql, run_ids, row_max);
      if (!asked.ok) return asked;
      const query_id = next_id++;
      results.set(query_id, asked.value);
      const [oldest] = results.keys();
      if (results.size > KEPT_MAX && oldest !== undefined) results.delete(oldest);
      const { columns, rows, is_cut, elapsed_ms } = asked.value;
      const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number') && rows.every((row) => typeof row[index] !== 'string'));
      return ok({
        query_id,
        columns: columns.map((name, index) => ({ name, is_numeric: numeric[index] === true })),
        row_count: rows.length,
        is_cut,
        elapsed_ms,
      });
    },
    sqlRows: ({ query_id, from_row, count }) => withResult(query_id, ({ rows }) => rows.slice(from_row, from_row + count)),
    sqlColumn: ({ query_id, column }) =>
      withResult(query_id, ({ rows }) => {
        const values = Float64Array.from(rows, (row) => (typeof row[column] === 'number' ? row[column] : Number.NaN));
        const has_text = rows.some((row) => typeof row[column] === 'string');
        return { values, labels: has_text ? rows.map((row) => String(row[column] ?? '')) : null };
      }),
    sqlText: ({ query_id, format, row_max, line_columns }) =>
      withResult(query_id, ({ columns, rows }) => tableText(format, columns, rows.slice(0, row_max), line_columns)),
  };

  return {
    handle(method, params) {
      try {
        // The lab has checked the parameters against this method's schema.
        return (handlers[method] as (params: unknown) => Result<unknown>)(params);
      } catch (exception) {
        return fail(storeError(exception, database.path));
      }
    },
  };
}
