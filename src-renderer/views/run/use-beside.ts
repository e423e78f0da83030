import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { Divergence } from '../../../src-main/lab/contract.ts';
import type { Command } from '../../commands.ts';
import type { Lab } from '../../lab.ts';
import { useNotices } from '../../notices.ts';
import { eventAfterStep, type StepAxis, stepCountOf } from '../compare/step-axis.ts';
import type { RunSession } from './run-session.ts';
import { firstAtLeast } from './timeline-model.ts';

/** Presses kept waiting while a search is under way; a held key asks for more than anyone can follow. */
const WAITING_MAX = 4;

/** A run held against another one of its scenario, from which it was come to. */
export interface Beside {
  /** What the last search found; null: no difference that way. */
  readonly found: Readonly<ShallowRef<Divergence | null | undefined>>;
  readonly busy: Readonly<Ref<boolean>>;
  /** Goes to the end of the next step (or the one before) after which the two runs differ; `or_notable`: or to the next notable event, whichever comes first. */
  go(direction: 1 | -1, or_notable: boolean): Promise<void>;
  cancel(): void;
}

/** The first step, in a direction, whose end lies beyond the cursor; undefined if there is none. */
export function stepBeyond(axis: StepAxis, cursor: number, direction: 1 | -1): number | undefined {
  const { step_events } = axis;
  if (direction < 0) {
    const step = firstAtLeast(step_events, cursor) - 2;
    const last = stepCountOf(axis) - 1;
    // The last step ends where the run does.
    return axis.event_count < cursor ? last : step < 0 ? undefined : step;
  }
  const step = Math.max(0, firstAtLeast(step_events, cursor + 1) - 1);
  return step < stepCountOf(axis) && eventAfterStep(axis, step) > cursor ? step : undefined;
}

/** Searches for differences between the run of a session and `other_id`, step by step. */
export function useBeside(lab: Lab, session: RunSession, other_id: number): Beside {
  const { run_id } = session;
  const notices = useNotices();
  const found = shallowRef<Divergence | null>();
  const busy = ref(false);
  const search = `differences of ${run_id} from ${other_id}`;
  let waiting_count = 0;
  let turn: Promise<void> = Promise.resolve();
  const cancel = (): void => {
    if (busy.value) void lab.call('cancelSearch', { search });
  };
  onScopeDispose(cancel);

  /** The difference looked for; undefined where the search was ended or failed. */
  async function differenceFrom(axis: StepAxis, cursor: number, direction: 1 | -1): Promise<Divergence | null | undefined> {
    const from_step = stepBeyond(axis, cursor, direction);
    if (from_step === undefined) return null;
    const answer = await lab.call('divergence', { run_ids: [run_id, other_id], from_step, direction, search });
    if (answer.ok) return answer.value;
    const failed = answer.errors.filter(({ code }) => code !== 'cancelled');
    if (failed.length > 0) notices.report(failed);
    return undefined;
  }

  async function goOnce(direction: 1 | -1, or_notable: boolean): Promise<void> {
    const run = session.loaded.value;
    if (run === undefined) return;
    const cursor = session.cursor.value;
    const axis = { step_events: run.step_events, event_count: run.opened.event_count };
    busy.value = true;
    const [difference, notable] = await Promise.all([
      differenceFrom(axis, cursor, direction),
      or_notable ? lab.ask('seek', { run_id, target: { by: 'notable', delta: direction, from_event: cursor } }) : undefined,
    ]);
    busy.value = false;
    // Who has gone elsewhere meanwhile stays there.
    if (difference === undefined || session.cursor.value !== cursor) return;
    const stops = [...(difference === null ? [] : [eventAfterStep(axis, difference.step_index)]), ...(notable === undefined ? [] : [notable.event_index])];
    const event = direction > 0 ? Math.min(...stops) : Math.max(...stops);
    found.value = difference === null || event === eventAfterStep(axis, difference.step_index) ? difference : undefined;
    if (stops.length > 0) session.seek({ event });
  }

  return {
    found,
    busy,
    cancel,
    async go(direction, or_notable) {
      if (waiting_count >= WAITING_MAX) return;
      waiting_count += 1;
      turn = turn.then(() => goOnce(direction, or_notable));
      await turn;
      waiting_count -= 1;
    },
  };
}

/** The commands of a run that another one lies beside. */
export function besideCommands(beside: Pick<Beside, 'go'>, other_id: number, when: () => boolean, leave: () => void): readonly Command[] {
  const move = (id: string, title: string, key: string, direction: 1 | -1): Command => ({
    id: `run.divergence-${id}`,
    title,
    group: 'Move in the run',
    keys: [key],
    when,
    run: () => beside.go(direction, false),
  });
  return [
    move('next', `Next step after which this run differs from run ${other_id}`, 'g', 1),
    move('previous', `Previous step after which this run differs from run ${other_id}`, 'G', -1),
    { id: 'run.comparison', title: 'Back to the comparison', group: 'Move in the run', keys: ['Escape'], run: leave },
  ];
}
