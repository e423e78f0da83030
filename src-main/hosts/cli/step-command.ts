import { type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import { tellErrors } from './output.ts';
import { eventAsked, type PlayedRun, type PlayedRunOptions, withPlayedRun } from './played-run.ts';
import { createStepper } from './stepper.ts';
import type { FrameLine } from './stepper-frame.ts';
import type { Key } from './stepper-keys.ts';
import { openTerminalScreen } from './terminal-screen.ts';

export interface StepOptions extends PlayedRunOptions {
  /** Where to start: events before the cursor. */
  readonly event?: number;
}

/** From then on a search says that it is under way, and any key ends it; keys that came before wait for it. */
const SEARCH_SHOWN_MS = 400;
const SEARCH_TEXT = 'Searching. Any key stops it.';

/** Steps through a run on the whole terminal until the user quits. Errors: the recording is damaged. */
async function stepThrough(run: PlayedRun, event_index: number): Promise<Result<null>> {
  const stepper = await createStepper(run, event_index);
  if (!stepper.ok) return stepper;
  const { press, searching, stop, frame } = stepper.value;
  const keys: Key[] = [];
  let wake: () => void = () => undefined;
  let must_draw = true;
  let drawn: readonly FrameLine[] = [];
  let is_slow = false;
  const screen = openTerminalScreen(
    (key) => {
      if (searching() && (is_slow || key === 'ctrl-c')) return stop();
      keys.push(key);
      wake();
    },
    () => {
      must_draw = true;
      wake();
    },
  );
  try {
    for (;;) {
      // Keys that have come meanwhile are all done before a frame is drawn: a held key never lags behind.
      for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
        const slow = setTimeout(() => {
          is_slow = searching();
          if (is_slow) screen.draw([...drawn.slice(0, -1), { text: SEARCH_TEXT, style: 'plain' }]);
        }, SEARCH_SHOWN_MS);
        const left = await press(key);
        clearTimeout(slow);
        // The sentence goes.
        must_draw ||= is_slow;
        is_slow = false;
        if (left === 'quit') return ok(null);
        if (left === 'suspend') screen.suspend();
        else if (left === 'redraw') screen.clear();
        // What is suspended draws when it is brought back.
        must_draw ||= left !== null && left !== 'suspend';
      }
      if (must_draw) {
        must_draw = false;
        const lines = await frame(screen.size());
        if (!lines.ok) return lines;
        drawn = lines.value;
        screen.draw(drawn);
      }
      if (keys.length === 0 && !must_draw)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    screen.close();
  }
}

/** `memledger step RUN`: steps through a recorded run on the whole terminal. Error: standard input or output is no terminal. */
export async function stepCommand(run_id: number, options: StepOptions): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const error: LabError = {
      code: 'no-terminal',
      message: 'Stepping through a run needs a terminal.',
      remedy: `list its events with \`memledger events ${run_id}\``,
    };
    return tellErrors([error], false);
  }
  return withPlayedRun(run_id, options, async (run) => {
    const event = eventAsked(run, options.event ?? 0, 0);
    return event.ok ? stepThrough(run, event.value) : event;
  });
}
