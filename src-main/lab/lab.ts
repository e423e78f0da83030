import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { openDatabase } from '../store/database.ts';
import { createRunStore } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import type { LabNotice } from './contract.ts';
import { seedExamples } from './examples.ts';
import type { LabMethods } from './lab-methods.ts';
import { nodeProcessHost, type ProcessHost } from './process-host.ts';
import type { LabService } from './rpc.ts';

/** How often the lab looks whether another process has changed the library. */
const WATCH_INTERVAL_MS = 500;

export interface LabOptions {
  readonly db_path: string;
  /** Creates missing directories on the way to the database. */
  readonly create_directory?: boolean;
  /** Directory of the shipped examples; without it none are put into the library. */
  readonly examples_dir?: string;
  /** How processes are started; Node's own way if left out. */
  readonly processes?: ProcessHost;
}

/** The lab: one service behind every host. */
export interface Lab extends LabService {
  /** Loads what answers are made with, unless the first request has done so: a host that has something to show first asks for it afterwards. */
  load(): Promise<void>;
  /** Ends the lab's processes. A run that is being recorded is kept as interrupted. */
  close(): Promise<void>;
}

/**
 * Opens the lab over a database. Errors: the database cannot be opened (see openDatabase).
 */
export async function createLab({ db_path, create_directory = false, examples_dir, processes = nodeProcessHost }: LabOptions): Promise<Result<Lab>> {
  const opened = await openDatabase(db_path, { create_directory });
  if (!opened.ok) return opened;
  const database = opened.value;
  try {
    if (examples_dir !== undefined) await seedExamples(database, examples_dir);
  } catch (exception) {
    database.close();
    return fail(storeError(exception, db_path));
  }
  const listeners = new Set<(notice: LabNotice) => void>();
  const notify = (notice: LabNotice): void => {
    for (const listener of listeners) listener(notice);
  };
  const runs = createRunStore(database);
  let seen_version = runs.libraryVersion();
  const changed = (): void => {
    seen_version = runs.libraryVersion();
    notify({ kind: 'library-changed' });
  };
  const watch = setInterval(() => {
    if (runs.libraryVersion() !== seen_version) changed();
  }, WATCH_INTERVAL_MS);
  watch.unref();

  // With the language, the models and their schemas: half of what there is to load before a link or a window.
  let methods: Promise<LabMethods> | undefined;
  const load = (): Promise<LabMethods> => {
    methods ??= import('./lab-methods.ts').then(({ createMethods }) => createMethods(database, processes, { notify, changed }));
    return methods;
  };
  return ok({
    handle: async (request) => (await load()).handle(request),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: async () => void (await load()),
    async close() {
      clearInterval(watch);
      await (await methods)?.close();
      database.close();
    },
  });
}
