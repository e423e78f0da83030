import { ok, type Result } from '../../src-engine/base/result.ts';
import { openDatabase } from '../store/database.ts';
import { serveCalls } from './child-calls.ts';
import { parentPort } from './process-host.ts';
import { createSqlService, type SqlMethod, type SqlService } from './sql-service.ts';

/** Entry of the process that asks queries, by a connection that cannot write. A query under way is cancelled by killing the process. */
export interface SqlCall {
  readonly db_path: string;
  readonly params: unknown;
}

let service: Promise<Result<SqlService>> | undefined;

async function start(db_path: string): Promise<Result<SqlService>> {
  const database = await openDatabase(db_path, { readonly: true });
  if (!database.ok) service = undefined;
  return database.ok ? ok(createSqlService(database.value)) : database;
}

serveCalls(parentPort(), async (method, call) => {
  const { db_path, params } = call as SqlCall;
  service ??= start(db_path);
  const started = await service;
  return started.ok ? started.value.handle(method as SqlMethod, params) : started;
});
