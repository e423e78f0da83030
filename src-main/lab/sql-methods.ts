import { fileURLToPath } from 'node:url';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { createChildCaller } from './child-calls.ts';
import type { LabHandlers } from './handlers.ts';
import type { ProcessHost } from './process-host.ts';
import type { SqlCall } from './sql-process.ts';
import type { SqlMethod } from './sql-service.ts';

const SQL_MODULE = fileURLToPath(new URL('./sql-process.ts', import.meta.url));

export interface SqlMethods {
  readonly handlers: Pick<LabHandlers, SqlMethod | 'sqlCancel'>;
  close(): void;
}

const CANCELLED: LabError = { code: 'sql-cancelled', message: 'The query was cancelled.' };

/**
 * The lab's methods for queries. They run in a process of their own, one after another; a query that is cancelled or takes too long goes with its process, and with it the results
 * that it kept. `onCrash` is told of any other end of that process.
 */
export function sqlMethods(processes: ProcessHost, db_path: string, onCrash: (error: LabError) => void): SqlMethods {
  const caller = createChildCaller(processes, SQL_MODULE, 'query', onCrash);
  /** Ends the query under way. */
  let stop: ((why: LabError) => void) | undefined;

  const ask = <M extends SqlMethod>(method: M): LabHandlers[M] =>
    // The process answers with the method's own answer (sql-service.ts).
    ((params: unknown) => caller.call(method, { db_path, params } satisfies SqlCall)) as LabHandlers[M];
  const query = ask('sqlQuery');

  return {
    handlers: {
      async sqlQuery(params) {
        // One at a time: a new query takes the place of the one under way.
        stop?.(CANCELLED);
        let why: LabError | undefined;
        const end = (reason: LabError): void => {
          why = reason;
          caller.close();
        };
        stop = end;
        const timer = setTimeout(() => {
          end({
            code: 'sql-too-long',
            message: `The query was stopped after ${params.time_max_s} s.`,
            remedy: 'ask for fewer runs, the view of one kind of event, or a part of the events (`events_in`)',
          });
        }, params.time_max_s * 1000);
        const answered: Result<Awaited<ReturnType<typeof query>> extends Result<infer T> ? T : never> = await query(params);
        clearTimeout(timer);
        if (stop === end) stop = undefined;
        return why === undefined ? answered : fail(why);
      },
      sqlRows: ask('sqlRows'),
      sqlColumn: ask('sqlColumn'),
      sqlText: ask('sqlText'),
      async sqlCancel() {
        stop?.(CANCELLED);
        return ok(null);
      },
    },
    close: () => caller.close(),
  };
}
