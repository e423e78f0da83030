import { ok, type Result } from '../../src-engine/base/result.ts';
import { openDatabase } from '../store/database.ts';
import { serveCalls } from './child-calls.ts';
import { createPlayerService, type PlayerMethod, type PlayerService } from './player-service.ts';
import { parentPort } from './process-host.ts';

/** Entry of the player's process: reads recorded runs by a connection that cannot write. */
export interface PlayerCall {
  readonly db_path: string;
  readonly params: unknown;
}

let service: Promise<Result<PlayerService>> | undefined;

async function start(db_path: string): Promise<Result<PlayerService>> {
  const database = await openDatabase(db_path, { readonly: true });
  if (!database.ok) service = undefined;
  return database.ok ? ok(createPlayerService(database.value)) : database;
}

serveCalls(parentPort(), async (method, call) => {
  const { db_path, params } = call as PlayerCall;
  service ??= start(db_path);
  const started = await service;
  return started.ok ? started.value.handle(method as PlayerMethod, params) : started;
});
