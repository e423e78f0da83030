import { counterLabel, sqlName } from '../../../src-engine/record/counter-names.ts';
import { COUNTER, COUNTERS, isDying } from '../../../src-engine/record/counters.ts';
import { eventIndex, eventNumber } from '../../../src-engine/record/event-number.ts';
import { COST, EVENT_KINDS, RECLAIM_REASON } from '../../../src-engine/record/events.ts';
import type { ContainerView, StateView } from '../../../src-engine/record/run.ts';
import type { Database } from '../database.ts';
import { type Cell, pageBytes } from './event-rows.ts';
import type { RunFacts } from './run-facts.ts';

type Rows = readonly (readonly Cell[])[];

const PASS_CHUNK = 5000;
const sum = (cells: Float64Array): number => cells.reduce((total, cell) => total + cell, 0);
/** What a run does not know (NaN) is null. */
const shown = (cell: number | undefined): Cell => (cell === undefined || Number.isNaN(cell) ? null : cell);

/** Rows of the views that every run shares. */
export const SHARED_ROWS: Readonly<Record<'event_kinds' | 'counter_names', () => Rows>> = {
  event_kinds: () => EVENT_KINDS.map(({ code, name, meaning }) => [code, name, meaning]),
  counter_names: () => COUNTERS.map((counter) => [counterLabel(counter), sqlName(counter), counter.file, counter.unit, counter.scope, counter.meaning]),
};

/** Rows of the view `runs`. */
export function runRows({ sqlite }: Database, run_ids: readonly number[]): Rows {
  const row = sqlite
    .prepare<[number], Cell[]>(
      `select id, scenario_name, model, source, status, event_count, step_count, access_count, end_ns, stored_bytes, wall_ms, started_at, log_sha256
       from runs where id = ?`,
    )
    .raw();
  return run_ids.flatMap((run_id) => {
    const found = row.get(run_id);
    return found === undefined ? [] : [found];
  });
}

function stepRows({ sqlite }: Database, { run_id, player, step_events }: RunFacts): Rows {
  const text = sqlite
    .prepare<[number], string>('select revisions.text from runs join revisions on revisions.id = runs.revision_id where runs.id = ?')
    .pluck()
    .get(run_id);
  const lines = text?.split('\n') ?? [];
  const begins = Array.from(step_events, (event_index) => {
    const { step_index, step_line, time_ns } = player.seek({ event: eventNumber(event_index) });
    return { step_index, step_line, time_ns, event_index };
  });
  const end = player.seek({ event: player.event_count });
  return begins.map(({ step_index, step_line, time_ns, event_index }, index) => {
    const next = begins[index + 1] ?? { event_index: player.event_count, time_ns: end.time_ns };
    return [
      run_id,
      step_index,
      step_line,
      lines[step_line - 1]?.trim() ?? null,
      eventNumber(event_index),
      time_ns,
      next.event_index - event_index,
      next.time_ns - time_ns,
    ];
  });
}

/** Rows of the views that are read whole, run by run. */
export const RUN_ROWS: Readonly<Record<string, (database: Database, facts: RunFacts) => Rows>> = {
  event_counts: (_database, { run_id, reader }) =>
    EVENT_KINDS.flatMap(({ code, name }) => {
      const count = reader.blocks.reduce((total, { kind_counts }) => total + (kind_counts[code] ?? 0), 0);
      return count === 0 ? [] : [[run_id, name, count]];
    }),
  steps: stepRows,
  containers: (_database, { run_id, last, words }) =>
    last.containers.map(({ id, path, parent, exists, counters }) => [
      run_id,
      id,
      path,
      parent < 0 ? null : words.container(parent),
      exists ? 1 : 0,
      shown(counters[COUNTER.current]),
      shown(counters[COUNTER.peak]),
    ]),
  tasks: (_database, { run_id, last, words }) =>
    last.tasks.map((task) => [
      run_id,
      task.id,
      task.name,
      words.container(task.container) || null,
      task.alive ? 1 : 0,
      task.rss_bytes,
      sum(task.scanned),
      sum(task.reclaimed),
    ]),
  objects: (_database, { run_id, last }) =>
    last.objects.map((object) => [
      run_id,
      object.id,
      object.name,
      object.kind,
      object.owner_task,
      pageBytes(object.page_count),
      pageBytes(object.resident_page_count),
      pageBytes(object.mapped_page_count),
      pageBytes(object.swapped_page_count),
    ]),
  owners: (_database, { run_id, last, words }) =>
    last.objects.flatMap(({ name, owners }) => owners.map(({ container, bytes }) => [run_id, name, words.container(container), bytes])),
  mappers: (_database, { run_id, last, words }) =>
    last.objects.flatMap(({ name, mapped_by }) => mapped_by.map(({ task, page_count }) => [run_id, name, words.task(task), pageBytes(page_count)])),
  costs: (_database, { run_id, last }) => Object.entries(COST).map(([name, index]) => [run_id, name, last.costs[index] ?? 0]),
  expectations: ({ sqlite }, { run_id }) =>
    sqlite
      .prepare<[number], Cell[]>(
        'select run_id, step_index, line, path, counter, expected, tolerance, actual, held from expectations where run_id = ? order by expectation_index',
      )
      .raw()
      .all(run_id),
};

/** Reclaim passes that begin in the events with the numbers `from_event` to `to_event`. */
export function* passRows({ run_id, player, words }: RunFacts, from_event: number, to_event: number): Generator<Cell[]> {
  const reasons = new Map<number, string>(Object.entries(RECLAIM_REASON).map(([name, code]) => [code, name]));
  for (let from = eventIndex(from_event); ; ) {
    const passes = player.passes(from, Math.min(to_event, player.event_count), PASS_CHUNK);
    for (const pass of passes) {
      yield [
        run_id,
        eventNumber(pass.begin_event),
        pass.end_event === null ? null : eventNumber(pass.end_event),
        pass.begin_ns,
        pass.end_ns - pass.begin_ns,
        words.container(pass.container) || null,
        words.task(pass.task) || null,
        reasons.get(pass.reason) ?? String(pass.reason),
        pass.wanted_page_count,
        pass.scanned_page_count,
        pass.reclaimed_page_count,
        pass.slab_shrink_count,
        pass.priority_min,
      ];
    }
    const last = passes.at(-1);
    if (last === undefined || passes.length < PASS_CHUNK) return;
    from = last.begin_event + 1;
  }
}

const LIMITS: readonly boolean[] = COUNTERS.map(({ scope }) => scope === 'setting');

/** Removed containers that nothing holds any more say nothing, nor do those of which nobody knows it. */
const tells = (container: ContainerView): boolean => container.exists || isDying(container);

function* containerRows(head: readonly Cell[], { containers }: StateView): Generator<Cell[]> {
  for (const container of containers.filter(tells)) {
    const counters = Array.from(container.counters, (value, index): Cell => (LIMITS[index] === true && value < 0 ? null : shown(value)));
    yield [...head, container.path, container.exists ? 1 : 0, ...counters];
  }
}

/** Counters at the end of each step in `[from_step, to_step)`. */
export function* counterRows({ run_id, player, step_events }: RunFacts, from_step: number, to_step: number): Generator<Cell[]> {
  for (let step = Math.max(0, from_step); step < Math.min(to_step, step_events.length); step++) {
    const state = player.seek({ event: step_events[step + 1] ?? player.event_count });
    yield* containerRows([run_id, state.step_index, state.event_index, state.time_ns], state);
  }
}

/** Counters at the samples. */
export function* sampleRows({ sqlite }: Database, { run_id, player }: RunFacts): Generator<Cell[]> {
  const samples = sqlite
    .prepare<[number], { readonly name: string; readonly event_index: number }>('select name, event_index from samples where run_id = ? order by sample_index')
    .all(run_id);
  for (const { name, event_index } of samples) {
    const state = player.seek({ event: event_index });
    yield* containerRows([run_id, name, state.step_index, state.event_index, state.time_ns], state);
  }
}
