import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { Lab } from '../../lab.ts';
import type { Library } from '../../library.ts';
import { useCommands } from '../../use-commands.ts';
import type { LineChanges } from './changed-lines.ts';
import { changedSteps, nextChangedStep, runOfOtherRevision } from './changed-steps.ts';
import type { LoadedRun, RunSession } from './run-session.ts';
import type { SeekRequest } from './seek-queue.ts';

/** What changed in the text of the scenario since the run of another revision before this one. */
export interface RunChanges {
  /** The run that ran the older text. */
  readonly since_run_id: number;
  readonly lines: LineChanges;
  /** Steps whose lines changed, ascending. */
  readonly steps: readonly number[];
}

/** Finds what changed since the run before, if there is one and its text is kept, with the commands to go from one changed step to the next. */
export function useChanges(
  lab: Lab,
  library: Library,
  session: RunSession,
  seek: (request: SeekRequest) => void,
): Readonly<ShallowRef<RunChanges | undefined>> {
  const changes = shallowRef<RunChanges>();
  let ended = false;
  onScopeDispose(() => {
    ended = true;
  });

  /** Undefined where there is nothing to compare with. A scenario that was deleted is no error here. */
  async function compare({ opened, step_events }: LoadedRun): Promise<RunChanges | undefined> {
    const { run, scenario_text } = opened;
    if (run.scenario_id === null || scenario_text === null) return undefined;
    const scenario = await lab.call('scenario', { scenario_id: run.scenario_id });
    const other = scenario.ok ? runOfOtherRevision(run, library.runs.value, scenario.value.revisions) : undefined;
    if (other === undefined || other.revision_id === null) return undefined;
    const [older, written, step_lines, { changedLines }] = await Promise.all([
      lab.call('scenario', { scenario_id: run.scenario_id, revision_id: other.revision_id }),
      lab.call('writtenSteps', { text: scenario_text }),
      lab.call('stepLines', { run_id: run.id, from_step: 0, to_step: step_events.length }),
      // With CodeMirror's parts, which a run without changes does not need.
      import('./changed-lines.ts'),
    ]);
    if (!older.ok || !written.ok || !step_lines.ok) return undefined;
    const lines = changedLines(older.value.text, scenario_text);
    return { since_run_id: other.id, lines, steps: changedSteps(written.value, step_lines.value, lines) };
  }

  watch(
    [session.loaded, library.loaded],
    async ([run, is_loaded]) => {
      if (run === undefined || !is_loaded) return;
      const found = await compare(run);
      if (!ended && session.loaded.value === run) changes.value = found;
    },
    { immediate: true },
  );

  function go(delta: 1 | -1): void {
    const [state, run] = [session.state.value, session.loaded.value];
    if (state === undefined || run === undefined || changes.value === undefined) return;
    const is_begin = state.event_index === (run.step_events[state.step_index] ?? 0) + 1;
    const step = nextChangedStep(changes.value.steps, { step_index: state.step_index, is_begin }, delta);
    if (step !== undefined) seek({ step });
  }
  const when = (): boolean => (changes.value?.steps.length ?? 0) > 0;
  useCommands([
    { id: 'run.changed-next', title: 'Next step whose lines changed since the run before', group: 'Move in the run', keys: ['i'], when, run: () => go(1) },
    { id: 'run.changed-previous', title: 'Previous step whose lines changed', group: 'Move in the run', keys: ['Shift+I'], when, run: () => go(-1) },
  ]);
  return changes;
}
