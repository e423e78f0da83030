import { performance } from 'node:perf_hooks';
import { plural } from '../../../src-engine/base/figures.ts';
import { shareDone } from '../../../src-engine/base/share-done.ts';
import { accessesPerSecond, leftMs, type RunProgress } from '../../lab/progress.ts';
import { countText, durationText } from '../../lab/text.ts';

/** Progress on standard error: nothing for what is done at once; on a terminal one line that is rewritten, else a line now and then. */
export interface ProgressLine {
  show(label: string, progress: RunProgress): void;
  /** Tells what is under way, of many short things. */
  tell(text: string): void;
  /** Tells the share done of something long, 0 to 1, with the time left at its pace. */
  share(label: string, done: number): void;
  /** Takes the line away again. */
  clear(): void;
}

const QUIET_MS = 500;
const PLAIN_INTERVAL_MS = 2000;

/** What is shown of a recording under way. */
export function progressText(label: string, progress: RunProgress): string {
  const left_ms = leftMs(progress);
  const share = `${Math.floor((shareDone(progress) ?? 0) * 100)}%`;
  const rate = `${countText(accessesPerSecond(progress))} accesses/s`;
  return [
    `${label}: ${share}`,
    `${countText(Math.max(0, progress.step_index))} of ${plural(progress.step_total, 'step')}`,
    rate,
    ...(left_ms === null ? [] : [`${durationText(left_ms)} left`]),
  ].join(', ');
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A progress line on `stream`. */
export function createProgressLine(stream: ProgressStream = process.stderr): ProgressLine {
  let shown = false;
  let last_ms = 0;
  let told_ms = 0;
  let begun_ms: number | undefined;
  const line: ProgressLine = {
    tell(text) {
      if (stream.isTTY === true) {
        stream.write(`\r\u001b[K${text}`);
        shown = true;
      } else if (performance.now() - told_ms >= PLAIN_INTERVAL_MS) {
        stream.write(`${text}\n`);
        told_ms = performance.now();
      }
    },
    show(label, progress) {
      const { elapsed_ms } = progress;
      if (elapsed_ms < QUIET_MS) {
        last_ms = 0;
        return;
      }
      if (stream.isTTY === true) {
        stream.write(`\r\u001b[K${progressText(label, progress)}`);
        shown = true;
      } else if (last_ms === 0 || elapsed_ms - last_ms >= PLAIN_INTERVAL_MS) {
        stream.write(`${progressText(label, progress)}\n`);
        last_ms = elapsed_ms;
      }
    },
    share(label, done) {
      const now_ms = performance.now();
      begun_ms ??= now_ms;
      const elapsed_ms = now_ms - begun_ms;
      if (elapsed_ms < QUIET_MS || done <= 0) return;
      line.tell(`${label}: ${Math.floor(done * 100)}%, ${durationText((elapsed_ms * (1 - done)) / done)} left`);
    },
    clear() {
      if (shown) stream.write('\r\u001b[K');
      shown = false;
      last_ms = 0;
    },
  };
  return line;
}
