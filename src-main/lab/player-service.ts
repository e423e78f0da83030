import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { attacksMarkdown, attacksPlainText } from '../../src-engine/compare/attacks-export.ts';
import { criteriaMarkdown, criteriaPlainText } from '../../src-engine/compare/criteria/export.ts';
import { searchDivergence } from '../../src-engine/compare/divergence-search.ts';
import { fidelityMarkdown, fidelityPlainText } from '../../src-engine/compare/fidelity-export.ts';
import { traceFieldsAt } from '../../src-engine/formats/ftrace-fields.ts';
import { decodeTrace } from '../../src-engine/formats/ftrace-refusals.ts';
import { honestPlayer } from '../../src-engine/record/honest-player.ts';
import { createPlayer, type TablePlayer } from '../../src-engine/record/player.ts';
import type { Player, RunReader, StateView } from '../../src-engine/record/run.ts';
import { DamagedRecording } from '../../src-engine/record/run-blocks.ts';
import { RunPages } from '../../src-engine/record/run-pages.ts';
import { createRunSearch, type RunSearch } from '../../src-engine/record/run-search.ts';
import { PRESETS } from '../../src-engine/scenario/presets.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore, type RunStore } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import { createAttackReports } from './attacks.ts';
import { zstd } from './compressor.ts';
import type { Answer, METHODS } from './contract.ts';
import { createCriteriaReports } from './criteria.ts';
import { traceLine } from './exports/events-jsonl.ts';
import { compareWithKernel } from './fidelity.ts';
import { isGuestId } from './guest-ids.ts';
import { consoleOf, spreadAround } from './kernel-runs.ts';
import { createPageMethods } from './page-methods.ts';
import { createSearches } from './searches.ts';
import { createWatchMethods } from './watch-methods.ts';

/** The methods of the lab that read recorded runs. */
export const PLAYER_METHODS = [
  'openRun',
  'seek',
  'events',
  'series',
  'density',
  'passes',
  'stepEvents',
  'stepLines',
  'sourceLines',
  'eventFields',
  'runConsole',
  'kernelSpread',
  'pageMap',
  'pageAt',
  'pageDifference',
  'findEvents',
  'watch',
  'watchValues',
  'why',
  'cancelSearch',
  'divergence',
  'fidelity',
  'fidelityText',
  'attacks',
  'attacksText',
  'criteria',
  'criteriaText',
] as const;
export type PlayerMethod = (typeof PLAYER_METHODS)[number];
type Checked<M extends PlayerMethod> = z.output<(typeof METHODS)[M]>;

export interface PlayerService {
  /** Answers a call whose parameters are checked. Errors: there is no such run, nothing of it is recorded yet, it is damaged. */
  handle(method: PlayerMethod, params: unknown): Promise<Result<unknown>>;
}

const OPEN_RUNS_MAX = 8;
const ALL_MODELS: readonly string[] = PRESETS.map(({ id }) => id);

interface OpenRun {
  readonly reader: RunReader;
  readonly player: TablePlayer;
  /** Searches beside the player, and what is known of single pages; nothing of the run is read for them before they are asked. */
  readonly search: RunSearch;
  readonly pages: RunPages;
  /** Lines of an imported trace's text, once asked for. */
  lines?: readonly string[];
}

/** Players over the runs of one database, and of opened files (`guestOf`: database of a run's file); the last few that were used stay open. */
export function createPlayerService(database: Database, guestOf: (run_id: number) => Database | undefined = () => undefined): PlayerService {
  const own_runs = createRunStore(database);
  const databaseOf = (run_id: number): Database | undefined => (isGuestId(run_id) ? guestOf(run_id) : database);
  /** The store of a run; where its file is closed, the library's own, which does not know it. */
  const storeOf = (run_id: number): RunStore => {
    const guest = isGuestId(run_id) ? guestOf(run_id) : undefined;
    return guest === undefined ? own_runs : createRunStore(guest);
  };
  const open_runs = new Map<number, OpenRun>();
  const attacks = createAttackReports(database);
  const criteria = createCriteriaReports(database);

  function openAnew(run_id: number): Result<OpenRun> {
    open_runs.delete(run_id);
    const holder = databaseOf(run_id);
    const reader = holder === undefined ? undefined : createRunReader(holder, run_id);
    if (reader === undefined || reader.blocks.length === 0) {
      return fail({ code: 'run-empty', message: `Nothing of run ${run_id} is recorded.`, remedy: 'wait for its first block, or finish the run' });
    }
    const player = createPlayer(reader, zstd);
    if (!player.ok) return player;
    const search = createRunSearch(reader, zstd);
    const pages = new RunPages(search.parts, player.value.tablesAt);
    const opened: OpenRun = { reader, player: honestPlayer(player.value, reader.meta), search, pages };
    open_runs.set(run_id, opened);
    const [oldest] = open_runs.keys();
    if (open_runs.size > OPEN_RUNS_MAX && oldest !== undefined) open_runs.delete(oldest);
    return ok(opened);
  }

  function opened(run_id: number): Result<OpenRun> {
    const found = databaseOf(run_id) === undefined ? undefined : open_runs.get(run_id);
    if (found === undefined) return openAnew(run_id);
    open_runs.delete(run_id);
    open_runs.set(run_id, found);
    return ok(found);
  }

  /** A player whose cursor the caller moves. */
  function lent(run_id: number): Result<Player> {
    const found = opened(run_id);
    return found.ok ? ok(found.value.player) : found;
  }
  const fidelity_sources = { runs: own_runs, player: lent };

  const withPlayer = <T>(run_id: number, use: (player: Player) => T): Result<T> => {
    const found = opened(run_id);
    return found.ok ? ok(use(found.value.player)) : found;
  };

  function seek(run: OpenRun, target: Checked<'seek'>['target']): StateView {
    if ('from_event' in target) {
      const { from_event, ...relative } = target;
      // Searches and maps move the cursor in between.
      if (run.player.cursor_event !== from_event) run.player.seek({ event: from_event });
      return run.player.seek(relative);
    }
    return run.player.seek(target);
  }

  async function linesOf(run_id: number): Promise<Result<readonly string[]>> {
    const found = opened(run_id);
    if (!found.ok) return found;
    if (found.value.lines === undefined) {
      const bytes = await storeOf(run_id).attachment(run_id);
      if (bytes === undefined) return fail({ code: 'no-source-text', message: `Run ${run_id} was not imported from a text.` });
      const decoded = decodeTrace(bytes, '');
      found.value.lines = ('text' in decoded ? decoded.text : new TextDecoder().decode(bytes)).split(/\r?\n/);
    }
    return ok(found.value.lines);
  }

  const searches = createSearches();
  const pages = createPageMethods(opened, searches);
  const watches = createWatchMethods(
    opened,
    { scenarioText: (run_id) => storeOf(run_id).scenarioText(run_id), expectations: (run_id) => storeOf(run_id).expectations(run_id) },
    searches,
  );

  const handlers: { readonly [M in PlayerMethod]: (params: Checked<M>) => Promise<Result<Answer<M>>> | Result<Answer<M>> } = {
    async openRun({ run_id }) {
      const runs = storeOf(run_id);
      const run = await runs.row(run_id);
      if (run === undefined) return fail({ code: 'no-such-run', message: `There is no run ${run_id}.` });
      // Anew each time: a run that is recorded, finished or recorded again under the same id has other blocks.
      const found = openAnew(run_id);
      if (!found.ok) return found;
      const { player, reader } = found.value;
      const samples = (await runs.samples(run_id)).map(({ data: _data, ...sample }) => sample);
      return ok({
        run,
        meta: reader.meta,
        names: reader.names,
        event_count: player.event_count,
        step_count: player.step_count,
        expectations: await runs.expectations(run_id),
        samples,
        scenario_text: await runs.scenarioText(run_id),
      });
    },
    seek({ run_id, target }) {
      const found = opened(run_id);
      return found.ok ? ok(seek(found.value, target)) : found;
    },
    events: ({ run_id, from_event, count }) => withPlayer(run_id, (player) => player.events(from_event, count)),
    series: ({ run_id, ...request }) => withPlayer(run_id, (player) => player.series(request)),
    density: ({ run_id, bucket_count_max }) => withPlayer(run_id, (player) => player.density(bucket_count_max)),
    passes: ({ run_id, from_event, to_event, limit }) => withPlayer(run_id, (player) => player.passes(from_event, to_event, limit)),
    stepEvents: ({ run_id, from_step, to_step }) => withPlayer(run_id, (player) => player.stepEvents(from_step, to_step)),
    stepLines: ({ run_id, from_step, to_step }) => withPlayer(run_id, (player) => player.stepLines(from_step, to_step)),
    async sourceLines({ run_id, lines }) {
      const found = await linesOf(run_id);
      return found.ok ? ok(lines.flatMap((line) => (found.value[line - 1] === undefined ? [] : [{ line, text: found.value[line - 1] ?? '' }]))) : found;
    },
    async eventFields({ run_id, event_index }) {
      const found = opened(run_id);
      if (!found.ok) return found;
      const { reader, player } = found.value;
      const [event] = player.events(event_index, 1);
      const line = event === undefined ? undefined : traceLine(event, reader);
      const lines = line === undefined ? undefined : await linesOf(run_id);
      return ok(line !== undefined && lines?.ok === true ? traceFieldsAt(lines.value, line) : null);
    },
    ...pages,
    ...watches,
    cancelSearch({ search }) {
      searches.cancel(search);
      return ok(null);
    },
    runConsole: ({ run_id }) => consoleOf(storeOf(run_id), run_id),
    kernelSpread: ({ run_id }) => spreadAround(databaseOf(run_id) ?? database, run_id),
    divergence({ run_ids, from_step, direction, sought, search }) {
      const found = run_ids.map(opened);
      const errors: LabError[] = found.flatMap((one) => (one.ok ? [] : one.errors));
      if (errors.length > 0) return fail(...errors);
      const searched = found.flatMap((one) => (one.ok ? [{ player: one.value.player, reader: one.value.reader, compressor: zstd }] : []));
      return searches.run(search, async (pause) => ok(await searchDivergence(searched, from_step, direction, pause, sought)));
    },
    fidelity: ({ kernel_run_id, model_run_id }) => compareWithKernel(fidelity_sources, kernel_run_id, model_run_id),
    async fidelityText({ kernel_run_id, model_run_id, format }) {
      const compared = await compareWithKernel(fidelity_sources, kernel_run_id, model_run_id);
      return compared.ok ? ok({ text: format === 'markdown' ? fidelityMarkdown(compared.value) : fidelityPlainText(compared.value) }) : compared;
    },
    attacks: async (wanted) => ok(await attacks.matrix(wanted, setImmediate)),
    async attacksText({ format, ...wanted }) {
      const matrix = await attacks.matrix(wanted, setImmediate);
      return ok({ text: format === 'markdown' ? attacksMarkdown(matrix) : attacksPlainText(matrix) });
    },
    criteria: async ({ models = ALL_MODELS }) => ok(await criteria.table(models, setImmediate)),
    async criteriaText({ models = ALL_MODELS, format }) {
      const table = await criteria.table(models, setImmediate);
      return ok({ text: format === 'markdown' ? criteriaMarkdown(table) : criteriaPlainText(table) });
    },
  };

  return {
    async handle(method, params) {
      try {
        // The lab has checked the parameters against this method's schema.
        return await (handlers[method] as (params: unknown) => Promise<Result<unknown>> | Result<unknown>)(params);
      } catch (exception) {
        return fail(exception instanceof DamagedRecording ? exception.error : storeError(exception, database.path));
      }
    },
  };
}
