import { type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import { tellErrors } from './output.ts';
import { eventAsked, type PlayedRun, type PlayedRunOptions, withPlayedRun } from './played-run.ts';
import { createStepper } from './stepper.ts';
import type { Key } from './stepper-keys.ts';
import { openTerminalScreen } from './terminal-screen.ts';

export interface StepOptions extends PlayedRunOptions {
  /** Where to start: events before the cursor. */
  readonly event?: number;
}

/** Steps through a run on the whole terminal until the user quits. Errors: the recording is damaged. */
async function stepThrough(run: PlayedRun, event_index: number): Promise<Result<null>> {
  const stepper = await createStepper(run, event_index);
  if (!stepper.ok) return stepper;
  const { press, frame } = stepper.value;
  const keys: Key[] = [];
  let wake: () => void = () => undefined;
  let must_draw = true;
  const screen = openTerminalScreen(
    (key) => {
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
        const left = await press(key);
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
        screen.draw(lines.value);
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
