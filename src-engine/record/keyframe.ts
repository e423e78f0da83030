import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { COUNTER_COUNT } from './counters.ts';
import { grown } from './grow.ts';
import type { PairSums } from './pair-sums.ts';
import type { Compressor, ReclaimPass } from './run.ts';
import { damaged, newer, seal, unseal } from './seal.ts';
import type { RunState } from './state.ts';
import { MATRIX_STRIDE, PAGE, SCALAR } from './state-tables.ts';

/** Seals the whole state (docs/recording.md, "A keyframe"). `out`: a writer whose room may be used again. */
export function encodeKeyframe(state: RunState, compressor: Compressor, out = new ByteWriter()): Uint8Array {
  out.clear();
  for (const value of state.scalars) out.int(value);
  for (const value of state.costs) out.int(value);
  for (let container = 0; container < state.scalars[SCALAR.container_count]; container++) {
    out.u8(state.container_life[container]);
    out.int(state.container_parent[container]);
    out.int(state.container_name[container]);
    for (let counter = 0; counter < COUNTER_COUNT; counter++) out.int(state.values[container * COUNTER_COUNT + counter]);
  }
  for (let task = 0; task < state.scalars[SCALAR.task_count]; task++) {
    out.u8(state.task_life[task]);
    out.uint(state.task_container[task]);
    out.int(state.task_rss[task]);
    out.uint(state.task_matrix[task]);
  }
  for (let cell = 0; cell < state.scalars[SCALAR.matrix_count] * MATRIX_STRIDE; cell++) out.int(state.matrices[cell]);
  for (let object = 0; object < state.scalars[SCALAR.object_count]; object++) {
    out.uint(state.object_base[object]);
    out.uint(state.object_pages[object]);
    out.u8(state.object_class[object]);
    out.int(state.object_name[object]);
    out.uint(state.object_owner[object]);
    out.int(state.object_resident[object]);
    out.int(state.object_mapped[object]);
    out.int(state.object_swapped[object]);
  }
  writePairs(out, state.owner_units);
  writePairs(out, state.mapped_by);
  out.uint(state.passes.length);
  for (const pass of state.passes) for (const field of PASS_FIELDS) out.int(pass[field]);
  writePages(out, state);
  return seal('keyframe', out.bytes(), compressor);
}

/**
 * Puts a sealed keyframe with so many counters a container (`recordedCounterCount`) into `state`, in place of all it held; counters that it has not are 0.
 * Errors: `record.damaged`, `record.newer`; the state is then worth nothing.
 */
export function loadKeyframe(sealed: Uint8Array, state: RunState, compressor: Compressor, counter_count = COUNTER_COUNT): Result<RunState> {
  if (counter_count > COUNTER_COUNT) return fail(newer('keyframe', `with ${counter_count} counters`, `${COUNTER_COUNT}`));
  const unsealed = unseal('keyframe', sealed, compressor);
  if (!unsealed.ok) return unsealed;
  const input = new ByteReader(unsealed.value);
  const pages_before = state.scalars[SCALAR.page_count];
  for (let index = 0; index < state.scalars.length; index++) state.scalars[index] = input.int();
  const { container_count, task_count, object_count, matrix_count } = countsOf(state);
  // Every row takes at least one byte, so counts beyond the content's size are damage: found before room is made for them.
  if (container_count + task_count + object_count + matrix_count > input.remaining) return fail(damaged('keyframe', 'its tables are cut short'));
  state.reserve({ containers: container_count, tasks: task_count, objects: object_count, matrices: matrix_count });

  for (let index = 0; index < state.costs.length; index++) state.costs[index] = input.int();
  state.container_life.fill(0);
  state.values.fill(0);
  for (let container = 0; container < container_count; container++) {
    state.container_life[container] = input.u8();
    state.container_parent[container] = Math.min(input.int(), container - 1);
    state.container_name[container] = input.int();
    for (let counter = 0; counter < counter_count; counter++) state.values[container * COUNTER_COUNT + counter] = input.int();
  }
  state.task_life.fill(0);
  state.task_rss.fill(0);
  state.task_matrix.fill(0);
  for (let task = 0; task < task_count; task++) {
    state.task_life[task] = input.u8();
    state.task_container[task] = input.uint();
    state.task_rss[task] = input.int();
    state.task_matrix[task] = input.uint();
  }
  state.matrices.fill(0);
  for (let cell = 0; cell < matrix_count * MATRIX_STRIDE; cell++) state.matrices[cell] = input.int();
  state.object_resident.fill(0);
  state.object_mapped.fill(0);
  state.object_swapped.fill(0);
  for (let object = 0; object < object_count; object++) {
    state.object_base[object] = input.uint();
    state.object_pages[object] = input.uint();
    state.object_class[object] = input.u8();
    state.object_name[object] = input.int();
    state.object_owner[object] = input.uint();
    state.object_resident[object] = input.int();
    state.object_mapped[object] = input.int();
    state.object_swapped[object] = input.int();
  }
  readPairs(input, state.owner_units);
  readPairs(input, state.mapped_by);
  state.passes = Array.from({ length: input.count() }, () => readPass(input));
  state.page_state.fill(0, 0, Math.min(pages_before, state.page_state.length));
  state.mapcount.fill(0, 0, Math.min(pages_before, state.mapcount.length));
  readPages(input, state);
  state.forget();
  if (input.overrun) return fail(damaged('keyframe', 'its tables are cut short'));
  return input.remaining > 0 ? fail(damaged('keyframe', 'its tables end before it does')) : ok(state);
}

const countsOf = ({ scalars }: RunState) => ({
  container_count: scalars[SCALAR.container_count],
  task_count: scalars[SCALAR.task_count],
  object_count: scalars[SCALAR.object_count],
  matrix_count: scalars[SCALAR.matrix_count],
});

function writePairs(out: ByteWriter, pairs: PairSums): void {
  const nonzero = pairs.nonzero();
  out.uint(nonzero.length);
  for (const { row, column, sum } of nonzero) {
    out.uint(row);
    out.uint(column);
    out.int(sum);
  }
}

function readPairs(input: ByteReader, pairs: PairSums): void {
  pairs.clear();
  for (let left = input.count(); left > 0; left--) {
    const slot = pairs.slot(input.uint(), input.uint());
    pairs.set(slot, input.int());
  }
}

/** Fields of an open pass, in order; `end_event` is null as long as it is open. */
const PASS_FIELDS = [
  'begin_event',
  'container',
  'task',
  'reason',
  'wanted_page_count',
  'scanned_page_count',
  'reclaimed_page_count',
  'slab_shrink_count',
  'begin_ns',
  'end_ns',
  'priority_min',
] as const;

const readPass = (input: ByteReader): ReclaimPass => ({
  begin_event: input.int(),
  end_event: null,
  container: input.int(),
  task: input.int(),
  reason: input.int(),
  wanted_page_count: input.int(),
  scanned_page_count: input.int(),
  reclaimed_page_count: input.int(),
  slab_shrink_count: input.int(),
  begin_ns: input.int(),
  end_ns: input.int(),
  priority_min: input.int(),
});

/** Highest value of a page's state: all its bits. */
const PAGE_STATE_MAX = PAGE.list_mask | PAGE.swapped | PAGE.mapped;
/** Adding PAGE_STATE_MAX carries any state but 0 into this bit, the one above the state's own. */
const CARRY_SHIFT = 32 - Math.clz32(PAGE_STATE_MAX);
/** Pages looked through at a time. */
const CHUNK_PAGES = 4096;
/** States compared with 0 at once. */
const STATES_PER_WORD = 4;

/** Pages with any state, found last; kept, so that each keyframe does not make room for them anew. */
let found_pages = new Uint32Array(CHUNK_PAGES);

/** Writes down the pages with any state into `found_pages`, and returns how many there are. */
function findPages({ scalars, page_state }: RunState): number {
  const page_count = scalars[SCALAR.page_count];
  const words = new Int32Array(page_state.buffer, 0, page_state.length / STATES_PER_WORD);
  const found_words = new Uint32Array(CHUNK_PAGES / STATES_PER_WORD);
  let count = 0;
  for (let start = 0; start < page_count; start += CHUNK_PAGES) {
    found_pages = grown(found_pages, count + CHUNK_PAGES);
    const first_word = start / STATES_PER_WORD;
    const last_word = Math.min(first_word + found_words.length, words.length);
    let word_count = 0;
    // All are written down, and those with a state kept: a branch would be guessed wrong at every other resident page.
    for (let word = first_word; word < last_word; word++) {
      found_words[word_count] = word;
      word_count += (words[word] | -words[word]) >>> 31;
    }
    for (let at = 0; at < word_count; at++) {
      const page = found_words[at] * STATES_PER_WORD;
      for (let next = page; next < page + STATES_PER_WORD; next++) {
        found_pages[count] = next;
        count += (page_state[next] + PAGE_STATE_MAX) >>> CARRY_SHIFT;
      }
    }
  }
  return count;
}

/**
 * Number of pages with any state, on a list, and mapped; for each page with any state how many without lie before it; a plane of their states;
 * for those on a list two planes of containers; for those mapped two planes of map counts.
 */
function writePages(out: ByteWriter, state: RunState): void {
  const count = findPages(state);
  const pages = found_pages.subarray(0, count);
  const { page_state } = state;
  const states = new Uint8Array(count);
  for (let index = 0; index < count; index++) states[index] = page_state[pages[index]];
  const listed = withBits(pages, states, PAGE.list_mask);
  const mapped = withBits(pages, states, PAGE.mapped);
  out.uint(count);
  out.uint(listed.length);
  out.uint(mapped.length);
  out.gaps(pages);
  out.append(states);
  writeU16Planes(out, state.page_container, listed);
  writeU16Planes(out, state.mapcount, mapped);
}

function readPages(input: ByteReader, state: RunState): void {
  const page_count = state.scalars[SCALAR.page_count];
  const state_count = input.count();
  const listed_count = input.count();
  const mapped_count = input.count();
  const pages = new Uint32Array(state_count);
  let previous = -1;
  for (let index = 0; index < state_count; index++) {
    previous += input.uint() + 1;
    pages[index] = previous;
  }
  const states = input.take(state_count);
  const containers = readU16Planes(input, listed_count);
  const mapcounts = readU16Planes(input, mapped_count);
  if (input.overrun || previous >= page_count) {
    input.overrun = true;
    return;
  }
  state.reserve({ pages: page_count });
  const { page_state, page_container, mapcount } = state;
  let listed = 0;
  let mapped = 0;
  for (let index = 0; index < state_count; index++) {
    const page = pages[index];
    const here = states[index];
    page_state[page] = here;
    if ((here & PAGE.list_mask) !== 0) page_container[page] = containers[listed++];
    if ((here & PAGE.mapped) !== 0) mapcount[page] = mapcounts[mapped++];
  }
}

/** The pages whose states have any of the bits: often all of them or none. */
function withBits(pages: Uint32Array, states: Uint8Array, bits: number): Uint32Array {
  let total = 0;
  for (let index = 0; index < states.length; index++) total += Number((states[index] & bits) !== 0);
  if (total === pages.length) return pages;
  const chosen = new Uint32Array(total + 1);
  let count = 0;
  for (let index = 0; index < pages.length; index++) {
    chosen[count] = pages[index];
    count += Number((states[index] & bits) !== 0);
  }
  return chosen.subarray(0, total);
}

/** The values of the given pages: a plane of low bytes, then one of high bytes. */
function writeU16Planes(out: ByteWriter, values: Uint16Array, pages: Uint32Array): void {
  const count = pages.length;
  const planes = out.reserve(2 * count);
  for (let index = 0; index < count; index++) {
    const value = values[pages[index]];
    planes[index] = value;
    planes[count + index] = value >>> 8;
  }
}

function readU16Planes(input: ByteReader, count: number): Uint16Array {
  const planes = input.take(2 * count);
  const values = new Uint16Array(planes.length / 2);
  if (!input.overrun) for (let index = 0; index < count; index++) values[index] = planes[index] | (planes[count + index] << 8);
  return values;
}
