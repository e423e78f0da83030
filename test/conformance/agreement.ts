import { type Charges, WHOLE } from '../../src-engine/models/reference/facts.ts';
import { givenOf } from '../../src-engine/models/reference/given.ts';
import { BORROWED, REFERENCES } from '../../src-engine/models/reference/references.ts';
import { Replay } from '../../src-engine/models/reference/replay.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { createColumns, type EventColumns, type EventRow, KIND } from '../../src-engine/record/events.ts';
import type { EngineSample, RecordSink } from '../../src-engine/record/run.ts';
import type { Op, Program } from '../../src-engine/scenario/program.ts';
import { simulate } from '../../src-engine/simulate.ts';

export const MODELS = Object.keys(REFERENCES);

/** A run of the engine, kept in memory: its events by step (before the first step: index 0) and a sample at the end of each step. */
interface Trace {
  readonly rows_by_step: readonly (readonly EventRow[])[];
  readonly samples: readonly EngineSample[];
  readonly charge_shift: number;
}

/** Small, and used again in every run: tiny scenarios have few events, and there are very many of them. */
const COLUMNS = createColumns(512);

/** Runs one program under one model. Throws what the engine reports as an error. */
export function trace(program: Program, model: string): Trace {
  const rows_by_step: EventRow[][] = [[]];
  const samples: EngineSample[] = [];
  let event_index = 0;
  const sink: RecordSink = {
    firstColumns: () => COLUMNS,
    seal(columns: EventColumns, count: number): EventColumns {
      for (let row = 0; row < count; row++) {
        if (columns.kind[row] === KIND.step_begin) rows_by_step.push([]);
        rows_by_step.at(-1)?.push({
          index: event_index++,
          kind: columns.kind[row] ?? 0,
          flags: columns.flags[row] ?? 0,
          task: columns.task[row] ?? 0,
          container: columns.container[row] ?? 0,
          page: columns.page[row] ?? 0,
          a: columns.a[row] ?? 0,
          b: columns.b[row] ?? 0,
          dt_ns: columns.dt_ns[row] ?? 0,
        });
      }
      return columns;
    },
    sample(sample: EngineSample): void {
      samples.push(sample);
    },
  };
  const outcome = simulate(program, model, sink, { sample_each_step: true });
  if (!outcome.ok) throw new Error(outcome.errors.map((error) => error.message).join('; '));
  return { rows_by_step, samples, charge_shift: outcome.value.meta.charge_shift };
}

/**
 * Runs engine and reference over a program of plain operations. Null if they agree after every step; else what differs first, in one line. After the first `known_count` steps they are
 * not compared: another program that begins with the same steps has been found to agree.
 */
export function disagreement(program: Program, model: string, known_count = 0): string | null {
  const reference = REFERENCES[model];
  if (reference === undefined) throw new Error(`no reference for ${model}`);
  const { rows_by_step, samples, charge_shift } = trace(program, model);
  const ops = opsOf(program);
  if (samples.length !== ops.length) return `${samples.length} samples for ${ops.length} steps`;
  const borrowed = BORROWED[model];
  const replay = new Replay(program, givenOf(rows_by_step[0] ?? []), borrowed !== undefined, /^(partial|rss|pages=smemcg)/.test(model));
  for (const [index, op] of ops.entries()) {
    const sample = samples[index];
    if (sample === undefined) return `no sample after step ${index}`;
    try {
      replay.step(op, givenOf(rows_by_step[index + 1] ?? []));
    } catch (error) {
      return `step ${index} (${op.verb}): ${error instanceof Error ? error.message : String(error)}`;
    }
    if (index < known_count) continue;
    const difference = compare(replay, reference(replay.facts, replay.world), borrowed?.(replay.facts, replay.world) ?? new Map(), sample, charge_shift, model);
    if (difference !== null) return `after step ${index} (${op.verb}): ${difference}`;
  }
  return null;
}

function opsOf(program: Program): Op[] {
  return program.steps.map((step) => {
    if (step.kind !== 'op') throw new Error('only plain operations can be replayed');
    return step.op;
  });
}

/** Counters that the reference knows, summed over each subtree, against the engine's; of removed containers as well, for nothing may be left with them. */
function compare(replay: Replay, charges: Charges, borrowed: Charges, sample: EngineSample, charge_shift: number, model: string): string | null {
  const expected = expectedCounters(replay, charges, borrowed, model);
  if (sample.containers.length !== replay.containers.length)
    return `${sample.containers.length} containers in the engine, ${replay.containers.length} in the reference`;
  for (const [id, container] of replay.containers.entries()) {
    const engine = sample.containers[id];
    if (engine === undefined || engine.exists !== container.exists) return `container ${id}: engine and reference differ on whether it exists`;
    for (const name of NAMES) {
      const value = expected[id]?.[name];
      const actual = ENGINE_VALUE[name](engine.counters, 2 ** charge_shift);
      if (actual !== value && !Number.isNaN(value)) return `${engine.path} ${name}: engine ${actual}, reference ${value}`;
    }
  }
  for (const [id, task] of replay.tasks.entries()) {
    const engine = sample.tasks[id];
    if ((engine?.alive ?? false) !== task.alive) return `task ${id}: engine and reference differ on whether it lives`;
    if (!task.alive || engine === undefined) continue;
    if (engine.rss_pages !== replay.rssPages(id)) return `task ${engine.name} rss: engine ${engine.rss_pages}, reference ${replay.rssPages(id)}`;
    if (engine.swap_pages !== replay.swapPages(id)) return `task ${engine.name} swap: engine ${engine.swap_pages}, reference ${replay.swapPages(id)}`;
    if (engine.container !== task.container) return `task ${engine.name}: engine has it in container ${engine.container}, reference in ${task.container}`;
  }
  return null;
}

/** Models that keep LRU lists for each container: there a page stands on the lists of who pays for it; else on the machine's. */
const LISTS_PER_CONTAINER: readonly string[] = ['static', 'static,owner=guarantee,removal=recharge', 'software-zones', 'pages=smemcg'];

/** What the reference knows of a container, in pages. */
interface Expected {
  current: number;
  anon: number;
  file: number;
  shmem: number;
  file_mapped: number;
  anon_lists: number;
  file_lists: number;
  /** Not a number: the reference does not say, because something that it does not follow may hold a removed container as well. */
  nr_dying_descendants: number;
  borrow: number;
}

/** The same from the engine's counters. On which list of a kind a page stands is reclaim's affair, which the reference does not know. */
const ENGINE_VALUE: Readonly<Record<keyof Expected, (counters: Float64Array, units_per_page: number) => number>> = {
  current: (counters, units) => counters[COUNTER.current] / units,
  anon: (counters, units) => counters[COUNTER.anon] / units,
  file: (counters, units) => counters[COUNTER.file] / units,
  shmem: (counters, units) => counters[COUNTER.shmem] / units,
  file_mapped: (counters) => counters[COUNTER.file_mapped],
  anon_lists: (counters) => counters[COUNTER.inactive_anon] + counters[COUNTER.active_anon],
  file_lists: (counters) => counters[COUNTER.inactive_file] + counters[COUNTER.active_file],
  nr_dying_descendants: (counters) => counters[COUNTER.nr_dying_descendants],
  borrow: (counters) => counters[COUNTER.borrow],
};
const NAMES = Object.keys(ENGINE_VALUE) as (keyof Expected)[];

function expectedCounters(replay: Replay, charges: Charges, borrowed: Charges, model: string): Expected[] {
  const local: Expected[] = replay.containers.map(() => ({
    current: 0,
    anon: 0,
    file: 0,
    shmem: 0,
    file_mapped: 0,
    anon_lists: 0,
    file_lists: 0,
    nr_dying_descendants: 0,
    borrow: 0,
  }));
  const lists_at = new Map<number, number>();
  for (const [container, pages] of charges) {
    const counters = local[container];
    if (counters === undefined) continue;
    for (const [page, units] of pages) {
      const page_class = replay.world.classOf(page);
      const amount = units / WHOLE;
      counters.current += amount;
      if (page_class === 'anon') counters.anon += amount;
      else counters.file += amount;
      if (page_class === 'tmpfs' || page_class === 'shared-anon') counters.shmem += amount;
      if (LISTS_PER_CONTAINER.includes(model.split(',')[0] ?? '')) lists_at.set(page, container);
    }
  }
  for (const page of replay.pages) {
    const counters = local[lists_at.get(page.id) ?? 0];
    if (counters === undefined || !page.resident) continue;
    if (page.class === 'file') counters.file_lists++;
    else counters.anon_lists++;
    if (page.class !== 'anon' && replay.mappingCount(page) > 0) counters.file_mapped++;
  }
  // A parent's id is smaller than its children's, so that going down in ids adds up whole subtrees.
  for (let id = local.length - 1; id > 0; id--) {
    const parent = local[replay.containers[id]?.parent ?? 0];
    const own = local[id];
    if (parent === undefined || own === undefined) continue;
    for (const name of NAMES) parent[name] += own[name];
    const is_held = own.current > 0 || own.nr_dying_descendants > 0;
    if (!(replay.containers[id]?.exists ?? true) && is_held) parent.nr_dying_descendants++;
  }
  addBorrowed(local, replay, borrowed, model);
  // Swap slots hold removed containers, too, and a creator of tmpfs is held by the object; the reference does not know of either.
  if (replay.has_swap || model.startsWith('partial')) for (const own of local) own.nr_dying_descendants = Number.NaN;
  return local;
}

/** What is borrowed counts in the borrower and above, but in the root, where the shared-memory containers are charged. With all of these counted nobody borrows single pages. */
function addBorrowed(local: readonly Expected[], replay: Replay, borrowed: Charges, model: string): void {
  for (const [container, pages] of borrowed) {
    const amount = [...pages.values()].reduce((sum, units) => sum + units / WHOLE, 0);
    for (let at = container; at > 0; at = replay.containers[at]?.parent ?? 0) {
      const above = local[at];
      if (above !== undefined) above.current += amount;
    }
    const own = local[container];
    if (own !== undefined && !model.includes('current=whole')) own.borrow = amount;
  }
}
