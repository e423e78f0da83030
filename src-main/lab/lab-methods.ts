import { fileURLToPath } from 'node:url';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { resolveModel } from '../../src-engine/models/model.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { PRESETS } from '../../src-engine/scenario/presets.ts';
import type { Database } from '../store/database.ts';
import { processIdentity } from '../store/process-identity.ts';
import { createRunStore } from '../store/runs.ts';
import { createScenarioStore } from '../store/scenarios.ts';
import { storeError } from '../store/store-error.ts';
import { neededAttackRuns, planAttackRuns } from './attacks.ts';
import { createChildCaller } from './child-calls.ts';
import { type ImportReport, type LabNotice, type LabRequest, METHODS, type Method } from './contract.ts';
import { neededCriteriaRuns, planCriteriaRuns } from './criteria.ts';
import type { ImportCall } from './engine-process.ts';
import { isGuestId } from './guest-ids.ts';
import type { LabHandlers } from './handlers.ts';
import { kernelMethods } from './kernel-methods.ts';
import type { PlayerCall } from './player-process.ts';
import type { PlayerMethod } from './player-service.ts';
import type { ProcessHost } from './process-host.ts';
import type { LabService } from './rpc.ts';
import { createRunQueue } from './run-queue.ts';
import { noScenario, readRunnable, scenarioMethods } from './scenario-methods.ts';
import { createSharing } from './sharing.ts';
import { sqlMethods } from './sql-methods.ts';
import { missingRuns } from './table-runs.ts';

/** How methods tell of what happens. */
export interface LabNotices {
  notify(notice: LabNotice): void;
  /** The library is another. */
  changed(): void;
}

/** What answers the lab's requests. */
export interface LabMethods extends Pick<LabService, 'handle'> {
  /** Ends the processes; the database stays open. */
  close(): Promise<void>;
}

const ENGINE_MODULE = fileURLToPath(new URL('./engine-process.ts', import.meta.url));
const KERNEL_MODULE = fileURLToPath(new URL('./kernel-process.ts', import.meta.url));
const PLAYER_MODULE = fileURLToPath(new URL('./player-process.ts', import.meta.url));
const SHARE_MODULE = fileURLToPath(new URL('./share-process.ts', import.meta.url));

/** Makes the lab's methods over a database. */
export function createMethods(database: Database, processes: ProcessHost, { notify, changed }: LabNotices): LabMethods {
  const scenarios = createScenarioStore(database);
  const runs = createRunStore(database);
  const db_path = database.path;
  const identity = processIdentity();

  const crash = (process: 'engine' | 'player' | 'query') => (error: LabError) => notify({ kind: 'process-crashed', process, error });
  const engine = createChildCaller(processes, ENGINE_MODULE, 'engine', crash('engine'));
  // Imports do not wait for the run that is being recorded.
  const importer = createChildCaller(processes, ENGINE_MODULE, 'import', crash('engine'));
  const kernels = createChildCaller(processes, KERNEL_MODULE, 'kernel', crash('engine'));
  const player = createChildCaller(processes, PLAYER_MODULE, 'player', crash('player'));
  const queries = sqlMethods(processes, db_path, crash('query'));
  const sharer = createChildCaller(processes, SHARE_MODULE, 'share', crash('engine'));
  const sharing = createSharing({ database, caller: sharer, notify, changed });
  const queue = createRunQueue({ engine, runs, db_path, identity, notify });

  /** Runs on kernels that are known to be under way here. */
  const kernel_run_ids = new Set<number>();

  const play = <M extends PlayerMethod>(method: M): LabHandlers[M] =>
    // The player's process answers with the method's own answer (player-service.ts).
    ((params: unknown) => player.call(method, { db_path, guests: sharing.guests(), params } satisfies PlayerCall)) as LabHandlers[M];

  const imports = async (file_name: string, bytes: ImportCall['bytes']): Promise<Result<ImportReport>> => {
    const imported = await importer.call('import', { db_path, file_name, bytes } satisfies ImportCall);
    if (!imported.ok) return imported;
    changed();
    return ok(imported.value as ImportReport);
  };

  const handlers: LabHandlers = {
    ...scenarioMethods(scenarios, changed),
    ...queries.handlers,
    ...sharing.methods,
    library: async () => ok({ scenarios: await scenarios.list(), runs: await runs.list(), table_scenario_ids: await scenarios.ofTables() }),
    models: async () => ok(PRESETS),
    async checkModel({ model }) {
      const resolved = resolveModel(model);
      return resolved.ok ? ok({ id: resolved.value.id }) : resolved;
    },

    async startRuns({ scenario_id, models }) {
      const scenario = await readRunnable(scenarios, scenario_id);
      if (scenario === undefined) return fail(noScenario(scenario_id));
      const parsed = parseScenario(scenario.text);
      const errors = [...(parsed.ok ? [] : parsed.errors), ...models.map(resolveModel).flatMap((model) => (model.ok ? [] : model.errors))];
      if (errors.length > 0) return fail(...errors);
      const { name: scenario_name, revision_id, base_dir } = scenario;
      const run_ids: number[] = [];
      for (const model of models) {
        const run_id = await runs.create({ scenario_id, scenario_name, revision_id, base_dir, source: 'engine', model, recorder: identity });
        run_ids.push(run_id);
        queue.add(run_id, model);
      }
      changed();
      return ok({ run_ids });
    },

    async finishRun({ run_id }) {
      const claimed = await runs.claim(run_id, identity);
      if (!claimed.ok) return claimed;
      queue.add(run_id, claimed.value.model);
      changed();
      return ok(null);
    },

    async cancelRun({ run_id }) {
      if (await queue.cancel(run_id)) return ok(null);
      if (kernel_run_ids.has(run_id)) {
        await kernels.call('cancel', { run_id });
        return ok(null);
      }
      return fail({
        code: 'run-not-here',
        message: `Run ${run_id} is not being recorded by this lab.`,
        remedy: 'if another process records it, stop it there',
      });
    },

    async deleteRun({ run_id }) {
      const removed = await runs.remove(run_id);
      if (removed.ok) changed();
      return removed;
    },

    ...kernelMethods({ scenarios, process: kernels, db_path, notify, changed, run_ids: kernel_run_ids }),

    importTrace: ({ file_name, bytes }) => imports(file_name, bytes),
    importDirectory: ({ name, files }) => imports(name, files),

    openRun: play('openRun'),
    seek: play('seek'),
    events: play('events'),
    findEvents: play('findEvents'),
    series: play('series'),
    density: play('density'),
    passes: play('passes'),
    stepEvents: play('stepEvents'),
    stepLines: play('stepLines'),
    sourceLines: play('sourceLines'),
    eventFields: play('eventFields'),
    runConsole: play('runConsole'),
    kernelSpread: play('kernelSpread'),
    pageMap: play('pageMap'),
    pageAt: play('pageAt'),
    pageDifference: play('pageDifference'),
    watch: play('watch'),
    watchValues: play('watchValues'),
    why: play('why'),
    cancelSearch: play('cancelSearch'),
    divergence: play('divergence'),
    fidelity: play('fidelity'),
    fidelityText: play('fidelityText'),
    criteria: play('criteria'),
    criteriaText: play('criteriaText'),

    async startCriteria({ models = PRESETS.map(({ id }) => id) }) {
      const planned = await planCriteriaRuns({ scenarios, runs }, models, identity);
      if (!planned.ok) return planned;
      for (const { run_id, model } of planned.value) queue.add(run_id, model, true);
      changed();
      return ok({ run_ids: planned.value.map(({ run_id }) => run_id) });
    },

    attacks: play('attacks'),
    attacksText: play('attacksText'),

    async startAttacks({ scenario_ids, models = PRESETS.map(({ id }) => id) }) {
      const planned = await planAttackRuns({ scenarios, runs }, scenario_ids, models, identity);
      if (!planned.ok) return planned;
      for (const { run_id, model } of planned.value) queue.add(run_id, model, true);
      changed();
      return ok({ run_ids: planned.value.map(({ run_id }) => run_id) });
    },

    async missingRuns({ table }) {
      const models = PRESETS.map(({ id }) => id);
      const needed = table === 'criteria' ? neededCriteriaRuns(scenarios, models) : await neededAttackRuns(scenarios, undefined, models);
      return needed.ok ? ok(await missingRuns({ scenarios, runs }, needed.value)) : needed;
    },

    bookmarks: async ({ run_id }) => (isGuestId(run_id) ? sharing.bookmarks({ run_id }) : ok(await runs.bookmarks(run_id))),
    async addBookmark({ run_id, event_index, note }) {
      if (isGuestId(run_id))
        return fail({ code: 'run-is-guest', message: 'This run is of an opened file, not of the library.', remedy: 'keep it in the library first' });
      const bookmark = await runs.addBookmark(run_id, event_index, note);
      return bookmark === undefined ? fail({ code: 'no-such-run', message: `There is no run ${run_id}.` }) : ok(bookmark);
    },
    async deleteBookmark({ bookmark_id }) {
      return (await runs.removeBookmark(bookmark_id)) ? ok(null) : fail({ code: 'no-such-bookmark', message: `There is no bookmark ${bookmark_id}.` });
    },
  };

  return {
    async handle(request) {
      const { id, method, params } = envelope(request);
      const result = await answer(handlers, method, params, db_path);
      return { id, ...result };
    },
    async close() {
      for (const caller of [engine, importer, kernels, player, sharer, queries]) caller.close();
      await queue.close();
      sharing.close();
    },
  };
}

/** A request as it came, whatever came. */
function envelope(request: unknown): LabRequest {
  const { id, method, params } = (typeof request === 'object' && request !== null ? request : {}) as Partial<Record<keyof LabRequest, unknown>>;
  return { id: typeof id === 'number' ? id : 0, method: typeof method === 'string' ? method : '', params };
}

const isMethod = (method: string): method is Method => Object.hasOwn(METHODS, method);

/** Checks a request at the boundary and carries it out. */
async function answer(handlers: LabHandlers, method: string, params: unknown, db_path: string): Promise<Result<unknown>> {
  if (!isMethod(method)) return fail({ code: 'bad-request', message: `The lab knows no method \`${method.slice(0, 100)}\`.` });
  const checked = METHODS[method].safeParse(params);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    return fail({ code: 'bad-request', message: `\`${method}\` was called wrongly: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() });
  }
  try {
    // The schema that checked the parameters is the one of this handler.
    return await (handlers[method] as (params: unknown) => Promise<Result<unknown>>)(checked.data);
  } catch (exception) {
    return fail(unexpected(exception, db_path));
  }
}

function unexpected(exception: unknown, db_path: string): LabError {
  try {
    return storeError(exception, db_path);
  } catch (bug) {
    return {
      code: 'bug',
      message: `The lab met a bug: ${bug instanceof Error ? bug.message : String(bug)}.`,
      remedy: 'please report it; nothing recorded is lost',
    };
  }
}
