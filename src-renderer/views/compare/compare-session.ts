import { computed, onScopeDispose, type Ref, type ShallowRef, shallowRef } from 'vue';
import type { LabError } from '../../../src-engine/base/result.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import type { Divergence, RunOpened } from '../../../src-main/lab/contract.ts';
import type { Lab } from '../../lab.ts';
import { nextFrame } from '../../later.ts';
import { useNotices } from '../../notices.ts';
import { createLatest } from '../run/latest.ts';
import { clampZoom, fitAll, type ZoomRange } from '../run/zoom.ts';
import { whyNotCompare } from '../shared/run-choice.ts';
import { eventAfterStep, type StepAxis, stepCountOf } from './step-axis.ts';

/** Steps that can be compared; the first events of more are not fetched. */
const STEP_COUNT_MAX = 1_000_000;

/** One of the runs laid side by side. */
export interface ComparedRun {
  readonly opened: RunOpened;
  readonly axis: StepAxis;
  /** State at the end of the run: every container it has had. */
  readonly last: StateView;
}

/** The first difference; or the one at, or the change of what differs with, the nearest step that way. */
export type Sought = 'first' | 'difference' | 'change';

/** Runs of one scenario under one cursor, which stands after a step. */
export interface CompareSession {
  readonly runs: Readonly<ShallowRef<readonly ComparedRun[]>>;
  readonly errors: Readonly<ShallowRef<readonly LabError[]>>;
  /** Steps of the longest run. */
  readonly step_count: Readonly<Ref<number>>;
  /** Step after which the states stand; ahead of them while they are on their way. */
  readonly step: Readonly<ShallowRef<number>>;
  /** One state per run, all after the same step. */
  readonly states: Readonly<ShallowRef<readonly StateView[]>>;
  /** The last difference that was looked for; null: there is none that way. */
  readonly divergence: Readonly<ShallowRef<Divergence | null | undefined>>;
  readonly searching: Readonly<ShallowRef<boolean>>;
  /** What the last search looked for. */
  readonly sought: Readonly<ShallowRef<Sought>>;
  readonly zoom: ShallowRef<ZoomRange>;
  goTo(step: number): void;
  /** Goes to the first difference; or from the cursor on to a step with one, or with which what differs changes. */
  findDivergence(from: 'start' | 'next' | 'previous', sought?: 'difference' | 'change'): Promise<void>;
  /** Ends the search for a difference that is under way. */
  cancelSearch(): void;
  setZoom(range: ZoomRange): void;
}

/** Opens runs side by side. At most one round of seeks is in flight; the latest step asked for wins. */
export function useCompareSession(lab: Lab, run_ids: readonly number[], step_index: number | undefined): CompareSession {
  const runs = shallowRef<readonly ComparedRun[]>([]);
  const errors = shallowRef<readonly LabError[]>([]);
  const step = shallowRef(0);
  const states = shallowRef<readonly StateView[]>([]);
  const divergence = shallowRef<Divergence | null>();
  const searching = shallowRef(false);
  const sought = shallowRef<Sought>('first');
  const zoom = shallowRef<ZoomRange>(fitAll(1));
  const notices = useNotices();
  const search = `divergence of ${run_ids.join()}`;
  const cancelSearch = (): void => {
    if (searching.value) void lab.call('cancelSearch', { search });
  };
  const step_count = computed(() => Math.max(0, ...runs.value.map((run) => stepCountOf(run.axis))));
  let ended = false;
  onScopeDispose(() => {
    ended = true;
    cancelSearch();
  });

  const show = createLatest<number>(async (wanted) => {
    const answers = await Promise.all(
      runs.value.map(({ opened, axis }) => lab.ask('seek', { run_id: opened.run.id, target: { event: eventAfterStep(axis, wanted) } })),
    );
    const here = answers.filter((answer) => answer !== undefined);
    if (ended || here.length < answers.length) return;
    states.value = here;
    await nextFrame();
  });
  function goTo(wanted: number): void {
    step.value = Math.max(0, Math.min(step_count.value - 1, wanted));
    const { from, to } = zoom.value;
    if (step.value < from || step.value + 1 > to)
      zoom.value = clampZoom({ from: step.value - (to - from) / 2, to: step.value + (to - from) / 2 }, step_count.value);
    show(step.value);
  }

  async function open(run_id: number): Promise<ComparedRun | readonly LabError[]> {
    const opened = await lab.call('openRun', { run_id });
    if (!opened.ok) return opened.errors;
    const { event_count, step_count: steps } = opened.value;
    const [last, step_events] = await Promise.all([
      lab.call('seek', { run_id, target: { event: event_count } }),
      lab.call('stepEvents', { run_id, from_step: 0, to_step: Math.min(steps, STEP_COUNT_MAX) }),
    ]);
    if (!last.ok) return last.errors;
    if (!step_events.ok) return step_events.errors;
    return { opened: opened.value, last: last.value, axis: { step_events: step_events.value, event_count } };
  }
  async function load(): Promise<void> {
    const opened = await Promise.all(run_ids.map(open));
    if (ended) return;
    const failed = opened.flatMap((result) => ('opened' in result ? [] : result));
    const good = opened.filter((result): result is ComparedRun => 'opened' in result);
    const refused = failed.length > 0 ? null : whyNotCompare(good.map((run) => run.opened.run));
    errors.value =
      refused === null
        ? failed
        : [
            {
              code: 'not-comparable',
              message: refused,
              remedy: 'Choose runs of one scenario in the library; an interrupted run is compared as far as it goes.',
            },
          ];
    if (errors.value.length > 0) return;
    runs.value = good;
    zoom.value = fitAll(step_count.value);
    goTo(step_index ?? step_count.value - 1);
  }
  void load();
  // A run that could not be opened because it was being recorded may now be.
  const unsubscribe = lab.subscribe((notice) => {
    if (notice.kind === 'run-ended' && errors.value.length > 0 && run_ids.includes(notice.run.id)) void load();
  });
  onScopeDispose(unsubscribe);

  return {
    runs,
    errors,
    step_count,
    step,
    states,
    divergence,
    searching,
    sought,
    zoom,
    goTo,
    async findDivergence(from, wanted = 'difference') {
      if (searching.value || runs.value.length < 2) return;
      searching.value = true;
      sought.value = from === 'start' ? 'first' : wanted;
      const from_step = from === 'start' ? 0 : from === 'next' ? step.value + 1 : step.value - 1;
      const is_outside = from_step < 0 || from_step >= step_count.value;
      const direction = from === 'previous' ? (-1 as const) : (1 as const);
      const params = { run_ids: [...run_ids], from_step, direction, sought: wanted, search };
      const answer = is_outside ? ({ ok: true, value: null } as const) : await lab.call('divergence', params);
      searching.value = false;
      if (ended) return;
      if (!answer.ok) {
        const failed = answer.errors.filter(({ code }) => code !== 'cancelled');
        if (failed.length > 0) notices.report(failed);
        return;
      }
      divergence.value = answer.value;
      if (answer.value !== null) goTo(answer.value.step_index);
    },
    cancelSearch,
    setZoom(range) {
      zoom.value = clampZoom(range, step_count.value);
    },
  };
}
