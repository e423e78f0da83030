import { ok, type Result } from '../../src-engine/base/result.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { serveCalls } from './child-calls.ts';
import { GUEST_IDS_FROM } from './guest-ids.ts';
import { createPlayerService, type PlayerMethod, type PlayerService } from './player-service.ts';
import { parentPort } from './process-host.ts';
import type { GuestPath } from './share-process.ts';

/** Entry of the player's process: reads recorded runs by a connection that cannot write. */
export interface PlayerCall {
  readonly db_path: string;
  /** Opened files whose runs can be played besides. */
  readonly guests?: readonly GuestPath[];
  readonly params: unknown;
}

/** Databases of opened files, by the number of the file. */
const guests = new Map<number, Database>();

/** Opens what was opened since the last call, closes what was closed. */
async function follow(wanted: readonly GuestPath[]): Promise<void> {
  for (const [shared_id, database] of guests) {
    if (wanted.some((guest) => guest.shared_id === shared_id)) continue;
    guests.delete(shared_id);
    database.close();
  }
  for (const { shared_id, path } of wanted) {
    if (guests.has(shared_id)) continue;
    const opened = await openDatabase(path, { readonly: true });
    // Another call may have opened it meanwhile.
    if (opened.ok && guests.has(shared_id)) opened.value.close();
    else if (opened.ok) guests.set(shared_id, opened.value);
  }
}

let service: Promise<Result<PlayerService>> | undefined;

async function start(db_path: string): Promise<Result<PlayerService>> {
  const database = await openDatabase(db_path, { readonly: true });
  if (!database.ok) service = undefined;
  return database.ok ? ok(createPlayerService(database.value, (run_id) => guests.get(Math.floor(run_id / GUEST_IDS_FROM)))) : database;
}

serveCalls(parentPort(), async (method, call) => {
  const { db_path, guests: wanted = [], params } = call as PlayerCall;
  await follow(wanted);
  service ??= start(db_path);
  const started = await service;
  return started.ok ? started.value.handle(method as PlayerMethod, params) : started;
});
