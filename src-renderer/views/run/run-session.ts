import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { ROOT_CONTAINER } from '../../../src-engine/base/ids.ts';
import type { LabError } from '../../../src-engine/base/result.ts';
import { COUNTER, COUNTERS } from '../../../src-engine/record/counters.ts';
import type { DensityView, SeriesView, StateView } from '../../../src-engine/record/run.ts';
import { createRunWords, type RunWords } from '../../../src-engine/record/run-words.ts';
import type { RunOpened } from '../../../src-main/lab/contract.ts';
import type { Lab } from '../../lab.ts';
import { nextFrame, nextTask } from '../../later.ts';
import { createPace } from './pace.ts';
import { createSeekQueue, type LabSeekTarget, type SeekRequest } from './seek-queue.ts';
import { sinceFirstReading } from './timeline-model.ts';
import { clampZoom, fitAll, reveal, type ZoomRange } from './zoom.ts';

/** Steps whose first events are fetched; a longer run shows the step of the cursor only. */
const STEP_COUNT_MAX = 1_000_000;
const DENSITY_BUCKET_COUNT_MAX = 8192;
/** Every counter of the root, which has the sums of all containers. */
const ROOT_SERIES = COUNTERS.filter(({ scope }) => scope !== 'setting').map(({ index }) => ({ container: ROOT_CONTAINER, counter: index }));

const REFAULT_SERIES = [COUNTER.workingset_refault_anon, COUNTER.workingset_refault_file].map((counter) => ({ container: ROOT_CONTAINER, counter }));
const REFAULT_BUCKET_COUNT_MAX = 2048;

/** A recorded run that is open, with everything that does not change while one moves in it. */
export interface LoadedRun {
  readonly opened: RunOpened;
  readonly words: RunWords;
  /** State at the end of the run. */
  readonly last: StateView;
  /** Counters that were more than 0 at the root at any time; at the end many are 0 again. */
  readonly moved: ReadonlySet<number>;
  readonly density: DensityView;
  /** The root's counters of refaults over the whole run. */
  readonly refaults: readonly SeriesView[];
  /** First event of each step, ascending. */
  readonly step_events: Float64Array;
}

/** One open run and the cursor in it. */
export interface RunSession {
  readonly run_id: number;
  readonly loaded: Readonly<ShallowRef<LoadedRun | undefined>>;
  /** Why the run could not be opened. */
  readonly errors: Readonly<ShallowRef<readonly LabError[]>>;
  /** State at the cursor. */
  readonly state: Readonly<ShallowRef<StateView | undefined>>;
  /** Event of `state`, for what is dear to draw: it follows a cursor that is dragged a few times a second, and any other in the next frame. */
  readonly rested: Readonly<ShallowRef<number>>;
  /** What changes are told against: the marker's state if one is set, else the position before this one. */
  readonly before: Readonly<ShallowRef<StateView | undefined>>;
  readonly marker: ShallowRef<StateView | undefined>;
  /** Event of the cursor, ahead of `state` while a seek is under way. */
  readonly cursor: Readonly<ShallowRef<number>>;
  readonly zoom: ShallowRef<ZoomRange>;
  seek(request: SeekRequest): void;
  setZoom(range: ZoomRange): void;
}

/**
 * Opens a run and holds its cursor. At most one seek is in flight; of places asked meanwhile the latest wins. Ends with the scope of the component.
 * `fetchAround` brings what views show beside the state at an event: both are drawn in one frame.
 */
export function useRunSession(
  lab: Lab,
  run_id: number,
  event_index: number | undefined,
  fetchAround: (event_index: number) => Promise<void> | undefined,
): RunSession {
  const loaded = shallowRef<LoadedRun>();
  const errors = shallowRef<readonly LabError[]>([]);
  const state = shallowRef<StateView>();
  const previous = shallowRef<StateView>();
  const before = shallowRef<StateView>();
  const marker = shallowRef<StateView>();
  const cursor = shallowRef(0);
  const zoom = shallowRef<ZoomRange>(fitAll(1));
  const rested = shallowRef(0);
  const queue = createSeekQueue();
  let seeking = false;
  const pace = createPace(() => performance.now());
  let ended = false;
  onScopeDispose(() => {
    ended = true;
  });
  watch([marker, previous], () => {
    before.value = marker.value ?? previous.value;
  });

  /** Asks for the next place that waits, if one does. */
  function askNext(run: LoadedRun): { readonly target: LabSeekTarget; readonly answer: Promise<StateView | undefined> } | undefined {
    const target = queue.take(state.value?.event_index ?? 0, run.opened.event_count);
    return target === undefined ? undefined : { target, answer: stateAt(target) };
  }
  function rest(event_index: number): void {
    rested.value = event_index;
    pace.drawn();
  }
  async function stateAt(target: LabSeekTarget): Promise<StateView | undefined> {
    const asked = lab.ask('seek', { run_id, target });
    // An event may lie beyond the end; the answer says where the cursor comes to.
    const waits = pace.isTooSoon();
    const around = !waits && 'event' in target ? fetchAround(target.event) : undefined;
    const answer = await asked;
    if (!waits) await (around ?? (answer === undefined ? undefined : fetchAround(answer.event_index)));
    return answer;
  }
  async function pump(run: LoadedRun): Promise<void> {
    if (seeking) return;
    seeking = true;
    let asked = askNext(run);
    while (asked !== undefined && !ended) {
      const answer: StateView | undefined = await asked.answer;
      if (answer === undefined || ended) break;
      if (answer.event_index !== state.value?.event_index) previous.value = state.value;
      state.value = answer;
      zoom.value = reveal(zoom.value, answer.event_index, run.opened.event_count);
      // The next place is looked up while this one is drawn. The cursor, which is there already, does not go back.
      asked = askNext(run);
      if (asked === undefined || !('event' in asked.target)) cursor.value = answer.event_index;
      // One seek a frame: what nobody sees need not be computed.
      await nextFrame();
      asked ??= askNext(run);
      if (asked !== undefined && pace.isTooSoon()) continue;
      // What is dear has the next frame: with the state's it would hold the window.
      await nextTask();
      rest(answer.event_index);
      await nextFrame();
      asked ??= askNext(run);
    }
    seeking = false;
  }

  function seek(request: SeekRequest): void {
    const run = loaded.value;
    if (run === undefined) return;
    if ('event' in request) cursor.value = Math.min(run.opened.event_count, Math.max(0, request.event));
    pace.asked('event' in request, seeking);
    queue.push(request);
    void pump(run);
  }

  /** Opens the run, or opens it again when more of it is recorded; the cursor goes to `event` (default: the end). */
  async function load(event: number | undefined): Promise<void> {
    const opened = await lab.call('openRun', { run_id });
    if (!opened.ok) {
      errors.value = opened.errors;
      return;
    }
    const { event_count, step_count, meta, names, expectations } = opened.value;
    const stateAtEvent = (at: number) => lab.call('seek', { run_id, target: { event: at } });
    const [last, here, density, step_events, root, refaults] = await Promise.all([
      stateAtEvent(event_count),
      event === undefined || event >= event_count ? undefined : stateAtEvent(event),
      lab.call('density', { run_id, bucket_count_max: DENSITY_BUCKET_COUNT_MAX }),
      lab.call('stepEvents', { run_id, from_step: 0, to_step: Math.min(step_count, STEP_COUNT_MAX) }),
      lab.call('series', { run_id, series: ROOT_SERIES, from_event: 0, to_event: event_count, bucket_count_max: 1 }),
      lab.call('series', { run_id, series: REFAULT_SERIES, from_event: 0, to_event: event_count, bucket_count_max: REFAULT_BUCKET_COUNT_MAX }),
    ]);
    if (ended) return;
    const first = here ?? last;
    if (!last.ok || !first.ok || !density.ok || !step_events.ok || !root.ok || !refaults.ok) {
      errors.value = [last, first, density, step_events, root, refaults].flatMap((result) => (result.ok ? [] : result.errors)).slice(0, 1);
      return;
    }
    errors.value = [];
    state.value = first.value;
    cursor.value = first.value.event_index;
    rest(first.value.event_index);
    zoom.value = fitAll(event_count);
    loaded.value = {
      opened: opened.value,
      words: createRunWords(meta, names, last.value, expectations),
      last: last.value,
      moved: new Set(root.value.filter(({ max }) => max.some((value) => value > 0)).map(({ counter }) => counter)),
      density: density.value,
      refaults: (meta.source === 'engine' ? refaults.value : refaults.value.map(sinceFirstReading)).filter(({ last: counted }) =>
        counted.some((count) => count > 0),
      ),
      step_events: step_events.value,
    };
  }
  void load(event_index);
  const unsubscribe = lab.subscribe((notice) => {
    if (notice.kind === 'run-ended' && notice.run.id === run_id) void load(loaded.value === undefined ? event_index : cursor.value);
  });
  onScopeDispose(unsubscribe);

  return {
    run_id,
    loaded,
    errors,
    state,
    rested,
    before,
    marker,
    cursor,
    zoom,
    seek,
    setZoom(range) {
      zoom.value = clampZoom(range, loaded.value?.opened.event_count ?? 0);
    },
  };
}
