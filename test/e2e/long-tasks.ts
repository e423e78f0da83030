import type { Browser, Page } from 'playwright-core';
import type { Act } from './feel-tour.ts';

/** One task of the window's main thread. */
export interface LongTask {
  /** Processor time of the thread: what a loaded machine takes from it does not count. */
  readonly task_ms: number;
  /** What the tour did when the task began. */
  readonly action: string;
  /** What took most of it, with its milliseconds. */
  readonly parts: readonly string[];
}

/** An event of Chromium's trace; times in microseconds, `tdur` in the thread's own time. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly functionName?: string; readonly url?: string; readonly lineNumber?: number; readonly type?: string } };
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', 'blink.user_timing'];
const MARK = 'tour: ';
/** Parts shorter than this are not told. */
const PART_MS_MIN = 4;
const TASK = 'RunTask';
/** Wraps a task and says nothing of it. */
const WRAPPER = 'ThreadControllerImpl::RunTask';

/** Does a tour's actions under Chromium's tracing. Returns the tasks of the window's main thread, longest first. */
export async function traceTour(browser: Browser, page: Page, tour: (act: Act) => Promise<void>): Promise<readonly LongTask[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  let trace: Buffer | undefined;
  try {
    await tour(async (action, does) => {
      await page.evaluate(`performance.mark(${JSON.stringify(MARK + action)})`);
      await does();
    });
  } finally {
    trace = await browser.stopTracing();
  }
  return tasksOf((JSON.parse(trace.toString()) as { readonly traceEvents: readonly TraceEvent[] }).traceEvents);
}

function tasksOf(events: readonly TraceEvent[]): readonly LongTask[] {
  const marks = events.filter(({ name }) => name.startsWith(MARK)).sort((a, b) => a.ts - b.ts);
  const [first] = marks;
  if (first === undefined) throw new Error('the trace has no action of the tour');
  const own = events.filter(({ pid, tid, ph, ts }) => pid === first.pid && tid === first.tid && ph === 'X' && ts >= first.ts);
  const tasks = own.filter(({ name, tdur }) => name === TASK && tdur !== undefined);
  if (tasks.length === 0) throw new Error('the trace has no tasks with thread time');
  const telling = own.filter(({ name, tdur }) => name !== TASK && name !== WRAPPER && (tdur ?? 0) / 1000 >= PART_MS_MIN);
  return tasks
    .map((task) => ({
      task_ms: (task.tdur ?? 0) / 1000,
      action: marks.findLast(({ ts }) => ts <= task.ts)?.name.slice(MARK.length) ?? '',
      parts: telling.filter((part) => isWithin(part, task)).map(words),
    }))
    .sort((a, b) => b.task_ms - a.task_ms);
}

const isWithin = (part: TraceEvent, task: TraceEvent): boolean => part.ts >= task.ts && part.ts + (part.dur ?? 0) <= task.ts + (task.dur ?? 0);

function words({ name, tdur, args }: TraceEvent): string {
  const { functionName = '', url = '', lineNumber, type = '' } = args?.data ?? {};
  const place = url === '' ? '' : ` ${url.replace(/^.*\//, '')}:${lineNumber ?? ''}`;
  return `${name}${type === '' ? '' : ` ${type}`}${functionName === '' ? '' : ` ${functionName}`}${place} ${((tdur ?? 0) / 1000).toFixed(1)}`;
}
