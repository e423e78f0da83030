import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import type { ImportedText, ImportInput } from '../../src-engine/formats/foreign-format.ts';
import { PROC_SET } from '../../src-engine/formats/proc-set.ts';
import { resolveModel } from '../../src-engine/models/model.ts';
import { type KernelHooks, type KernelRequest, runOnKernels } from '../kernel/kernel-lab.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { processIdentity } from '../store/process-identity.ts';
import { createRunStore } from '../store/runs.ts';
import { createScenarioStore } from '../store/scenarios.ts';
import { storeError } from '../store/store-error.ts';
import { type PlannedRun, planAttackRuns } from './attacks.ts';
import type { Answer, Answers, Params, RunRow } from './contract.ts';
import { type PlannedMeasurement, planCriteriaRuns } from './criteria.ts';
import { type ExportRequest, writeExport } from './exports/write-export.ts';
import { type FileImport, importBytes, importInput, storeImported } from './import-input.ts';
import { EXAMPLES_DIR } from './paths.ts';
import { createPlayerService, type PlayerMethod } from './player-service.ts';
import { type RecordOptions, recordRun } from './record-run.ts';
import type { ImportOptions } from './record-trace.ts';
import { type RunReport, reportRun } from './run-report.ts';
import type { ScenarioFile } from './scenario-file.ts';
import { summarise } from './scenario-text.ts';
import { keepShared, reckonKeep } from './share/keep.ts';
import { openShare } from './share/read-share.ts';
import { unpackShare } from './share/unpack.ts';
import { type ShareRequest, type WritePiece, writeShare } from './share/write-share.ts';
import type { KeepReport } from './sharing-contract.ts';
import { createSqlService, type SqlMethod } from './sql-service.ts';
import { type Watched, type WatchOptions, watchCgroup } from './watch-cgroup.ts';

/** The lab without a window: what the command line works with. It records in this process, into the same database as every other host. */
export interface Workbench {
  /** Puts a scenario's file into the library, to be run under `models`. Errors: an unknown model. */
  addScenario(file: ScenarioFile, models: readonly string[]): Promise<Result<AddedScenario>>;
  /** Makes a run of it; nothing is recorded yet. */
  createRun(scenario: AddedScenario, model: string): Promise<Result<number>>;
  /** Records a run, or the rest of one. */
  record(run_id: number, options?: RecordOptions): Promise<Result<RunRow>>;
  /** Runs a scenario's text on real kernels and records that. Errors: see runOnKernels. */
  runOnKernels(scenario: AddedScenario, text: string, request: KernelRequest, hooks?: KernelHooks): Promise<Result<readonly RunRow[]>>;
  /** Makes the runs that the criteria table misses under `models`; nothing is recorded yet. Errors: an unknown model. */
  planCriteria(models: readonly string[]): Promise<Result<readonly PlannedMeasurement[]>>;
  /** Makes the runs that the attacks miss under `models`; nothing is recorded yet. Errors: an unknown model, a scenario that is no attack. */
  planAttacks(scenario_ids: readonly number[], models: readonly string[]): Promise<Result<readonly PlannedRun[]>>;
  report(run_id: number): Promise<Result<RunReport>>;
  /** Writes runs in a format; answers the size in bytes, undefined where `write` said to stop. Errors: see writeExport. */
  writeExport(request: ExportRequest, write: WritePiece): Promise<Result<number | undefined>>;
  /** Writes a file to be handed on. Errors: see writeShare. */
  share(request: ShareRequest, write: WritePiece): Promise<Result<number | undefined>>;
  /** What keeping everything of this library in another would add to that. */
  reckonKeep(library: Workbench): Promise<Result<KeepReport>>;
  /** Puts everything of this library, which is an opened file, into another. */
  keepIn(library: Workbench): Promise<Result<KeepReport>>;
  readonly database: Database;
  /** Marks an event of a run, with a note. Errors: there is no such run. */
  bookmark(run_id: number, event_index: number, note: string): Promise<Result<null>>;
  /** Asks the player of this process: opens recorded runs, seeks in them, reads their events and passes. Errors: see PlayerService. */
  play<M extends PlayerMethod>(method: M, params: Params<M>): Promise<Result<Answer<M>>>;
  /** Asks SQL over recorded runs, in this process. Errors: see createQuerySession. */
  query<M extends SqlMethod>(method: M, params: Required<Params<M>>): Result<Answer<M>>;
  /** Imports the bytes of one file. Errors: see importInput. */
  importTrace(file_name: string, bytes: Uint8Array, options?: ImportOptions): Promise<Result<FileImport>>;
  /** Imports what readImport has read. Errors: see importInput. */
  importInput(input: ImportInput, options?: ImportOptions): Promise<Result<FileImport>>;
  /** Records a cgroup tree over time. Errors: see watchCgroup. */
  watch(directory: string, options: WatchOptions): Promise<Result<Watched>>;
  /** Puts a scenario of this machine's processes into the library. */
  importProcesses(imported: ImportedText): Promise<Result<FileImport>>;
  library(): Promise<Result<Answers['library']>>;
  /** A scenario's text. */
  scenarioText(scenario_id: number): Promise<Result<string>>;
  close(): void;
}

/** A scenario in the library, as its runs refer to it. */
export interface AddedScenario {
  readonly scenario_id: number;
  readonly scenario_name: string;
  readonly revision_id: number | null;
  readonly base_dir: string;
}

export interface WorkbenchOptions {
  readonly db_path: string;
  readonly create_directory?: boolean;
}

/** Opens the database for the command line. Errors: see openDatabase. */
export async function openWorkbench({ db_path, create_directory = false }: WorkbenchOptions): Promise<Result<Workbench>> {
  const opened = await openDatabase(db_path, { create_directory });
  return opened.ok ? ok(workbenchOver(opened.value, () => opened.value.close())) : opened;
}

/** A workbench whose database goes with it. */
export async function openScratchWorkbench(): Promise<Result<Workbench>> {
  const directory = mkdtempSync(join(tmpdir(), 'memledger-'));
  const opened = await openDatabase(join(directory, 'scratch.db'));
  const discard = (): void => rmSync(directory, { recursive: true, force: true });
  if (!opened.ok) {
    discard();
    return opened;
  }
  return ok(
    workbenchOver(opened.value, () => {
      opened.value.close();
      discard();
    }),
  );
}

/** A file of somebody else's, open for reading. */
export interface OpenedShare {
  readonly bench: Workbench;
  /** What of the file could not be read, or is not what it says. */
  readonly problems: readonly LabError[];
}

/** Opens a .memledger file: a workbench over a database of its own that goes with it. Nothing is run. Errors: see openShare. */
export async function openSharedWorkbench(path: string, onProgress?: (share: number) => void): Promise<Result<OpenedShare>> {
  const file = openShare(path, path);
  if (!file.ok) return file;
  const bench = await openScratchWorkbench();
  if (!bench.ok) {
    file.value.close();
    return bench;
  }
  try {
    const unpacked = await unpackShare(file.value, path, bench.value.database, onProgress === undefined ? {} : { onProgress });
    if (unpacked.ok) return ok({ bench: bench.value, problems: unpacked.value.problems });
    bench.value.close();
    return unpacked;
  } catch (exception) {
    bench.value.close();
    return fail(storeError(exception, path));
  } finally {
    file.value.close();
  }
}

function workbenchOver(database: Database, close: () => void): Workbench {
  const scenarios = createScenarioStore(database);
  const runs = createRunStore(database);
  const player = createPlayerService(database);
  let queries: ReturnType<typeof createSqlService> | undefined;

  const guarded = async <T>(work: () => Promise<Result<T>>): Promise<Result<T>> => {
    try {
      return await work();
    } catch (exception) {
      return fail(storeError(exception, database.path));
    }
  };

  async function scenarioIdOf({ path, text }: ScenarioFile): Promise<number> {
    const summary = summarise(text, path);
    const known = await scenarios.bySourcePath(path);
    if (known === undefined) return scenarios.create({ text, summary, origin: path.startsWith(EXAMPLES_DIR) ? 'example' : 'import', source_path: path });
    await scenarios.revise(known, text, summary);
    return known;
  }

  return {
    close,
    addScenario: (file, models) =>
      guarded(async () => {
        const errors = models.map(resolveModel).flatMap((model) => (model.ok ? [] : model.errors));
        if (errors.length > 0) return fail(...errors);
        const scenario_id = await scenarioIdOf(file);
        const revision_id = (await scenarios.read(scenario_id))?.revision_id ?? null;
        return ok({ scenario_id, scenario_name: file.name, revision_id, base_dir: dirname(file.path) });
      }),
    createRun: (scenario, model) => guarded(async () => ok(await runs.create({ ...scenario, source: 'engine', model, recorder: processIdentity() }))),
    planCriteria: (models) => guarded(() => planCriteriaRuns({ scenarios, runs }, models, processIdentity())),
    planAttacks: (scenario_ids, models) => guarded(() => planAttackRuns({ scenarios, runs }, scenario_ids, models, processIdentity(), true)),
    record: (run_id, options) => recordRun(database, run_id, options),
    runOnKernels: (scenario, text, request, hooks) => runOnKernels(database, scenario, text, request, hooks),
    report: (run_id) => guarded(() => reportRun(database, run_id)),
    writeExport: (request, write) => guarded(() => writeExport(() => database, request, write)),
    share: (request, write) => guarded(() => writeShare(database, request, write)),
    reckonKeep: (library) => guarded(async () => ok(await reckonKeep(database, library.database))),
    keepIn: (library) => guarded(async () => ok(await keepShared(database, library.database))),
    database,
    bookmark: async (run_id, event_index, note) =>
      (await createRunStore(database).addBookmark(run_id, event_index, note)) === undefined
        ? fail({ code: 'no-such-run', message: `There is no run ${run_id}.` })
        : ok(null),
    // The service answers each method with the method's own answer (player-service.ts).
    play: <M extends PlayerMethod>(method: M, params: Params<M>) => player.handle(method, params) as Promise<Result<Answer<M>>>,
    query: <M extends SqlMethod>(method: M, params: Required<Params<M>>) => {
      queries ??= createSqlService(database);
      // The service answers each method with the method's own answer (sql-service.ts).
      return queries.handle(method, params) as Result<Answer<M>>;
    },
    importTrace: (file_name, bytes, options) => importBytes(database, file_name, bytes, options),
    importInput: (input, options) => importInput(database, input, options),
    watch: (directory, options) => watchCgroup(database, directory, options),
    importProcesses: (imported) => storeImported(database, PROC_SET, imported),
    library: () => guarded(async () => ok({ scenarios: await scenarios.list(), runs: await runs.list(), table_scenario_ids: await scenarios.ofTables() })),
    scenarioText: (scenario_id) =>
      guarded(async () => {
        const scenario = await scenarios.read(scenario_id);
        return scenario === undefined
          ? fail({ code: 'no-such-scenario', message: `There is no scenario ${scenario_id}.`, remedy: 'list them with `memledger list`' })
          : ok(scenario.text);
      }),
  };
}
