import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { CHARGE_BATCH_PAGES } from '../containers/high.ts';
import { COUNTERS, shownUnit } from '../record/counters.ts';

/** Why a kernel shows more or less than the scenario asks for. */
export type SlackCause = 'task start-up' | 'kernel memory' | 'charge batch' | 'list batch' | 'late statistics';

/** What each cause is, for readers. */
export const SLACK_MEANING: Readonly<Record<SlackCause, string>> = {
  'task start-up': 'stack and library pages of the tasks themselves, and their faults: up to 30 a task',
  'kernel memory': 'kernel memory that the simulator does not count, as `kernel` of memory.stat shows it',
  'charge batch': 'pages charged ahead of need, up to 64 a processor (mm/memcontrol.c, MEMCG_CHARGE_BATCH)',
  'list batch': 'pages on their way to a list, up to 31 a processor and kind of move (mm/swap.c, folio batches)',
  'late statistics': 'updates of memory.stat that are not flushed yet, up to 64 a processor (mm/memcontrol.c, memcg_vmstats_needs_flush)',
};

/** A part of a difference (kernel less model) in shown units, and where it comes from. */
export interface Slack {
  readonly cause: SlackCause;
  readonly amount: number;
}

/** Pages that a task costs its container by itself: 8 to 30 were seen on 6.1 and 6.12. */
const TASK_PAGES_MAX = 30;
/** PAGEVEC_SIZE of include/linux/pagevec.h from 6.10 on; 15 before. */
const LIST_BATCH_PAGES = 31;

interface SlackInputs {
  readonly counter: string;
  readonly kernel: Readonly<Record<string, number | null | undefined>>;
  readonly model: Readonly<Record<string, number | null | undefined>>;
  /** Tasks that have been in the container's subtree. */
  readonly task_count: number;
  readonly cpu_count: number;
}

const STAT: ReadonlySet<string> = new Set(COUNTERS.filter(({ file }) => file === 'memory.stat').map(({ name }) => name));
const COUNTS: ReadonlySet<string> = new Set(COUNTERS.filter((spec) => shownUnit(spec) !== 'bytes').map(({ name }) => name));
const ANONYMOUS: ReadonlySet<string> = new Set(['anon', 'inactive_anon', 'active_anon', 'pgfault']);
const LISTS: ReadonlySet<string> = new Set(['inactive_anon', 'active_anon', 'inactive_file', 'active_file']);
const KERNEL: ReadonlySet<string> = new Set(['kernel', 'slab_reclaimable', 'slab_unreclaimable', 'kernel_stack', 'pagetables', 'percpu', 'kmem']);
const CHARGED: ReadonlySet<string> = new Set(['current', 'peak']);

/** Parts of `current` by which a difference of it is taken apart; what is left of both is charged ahead of need. */
const PARTS = ['anon', 'file', 'kernel', 'sock'] as const;

function differenceIn(counter: string, { kernel, model }: SlackInputs): number {
  return (kernel[counter] ?? 0) - (model[counter] ?? 0);
}

/** Takes from what is left of a difference as much as a cause can account for. Parts are in order of their certainty. */
class Rest {
  readonly parts: Slack[] = [];
  left: number;

  constructor(difference: number) {
    this.left = difference;
  }

  /** What the kernel has more, up to `most`. */
  takeMore(cause: SlackCause, most: number): void {
    this.takeExactly(cause, Math.min(Math.max(this.left, 0), most));
  }

  /** All that is left, in either direction, if it is no more than `most`: of a larger difference it would be a guess. */
  takeAll(cause: SlackCause, most: number): void {
    if (Math.abs(this.left) <= most) this.takeExactly(cause, this.left);
  }

  takeExactly(cause: SlackCause, amount: number): void {
    if (amount === 0) return;
    this.parts.push({ cause, amount });
    this.left -= amount;
  }
}

/**
 * What of a difference between kernel and simulator is known to come from elsewhere than from the rules that are compared. A cause accounts for no more than it can amount to;
 * what is left stays unexplained.
 */
export function slackOf(inputs: SlackInputs): readonly Slack[] {
  const { counter, task_count, cpu_count } = inputs;
  const unit = COUNTS.has(counter) ? 1 : PAGE_SIZE_BYTES;
  const task_amount = TASK_PAGES_MAX * task_count * unit;
  const rest = new Rest(differenceIn(counter, inputs));
  if (CHARGED.has(counter)) {
    const parts = PARTS.map((part) => differenceIn(part, inputs));
    const [anon = 0] = parts;
    rest.takeExactly('task start-up', Math.min(Math.max(anon, 0), task_amount));
    rest.takeExactly('kernel memory', differenceIn('kernel', inputs));
    // A peak is of another moment than its parts.
    const stock = counter === 'peak' ? rest.left : differenceIn(counter, inputs) - parts.reduce((sum, part) => sum + part, 0);
    const stock_max = CHARGE_BATCH_PAGES * cpu_count * unit;
    rest.takeExactly('charge batch', Math.sign(stock) * Math.min(Math.abs(stock), stock_max));
    return rest.parts;
  }
  if (KERNEL.has(counter)) rest.takeMore('kernel memory', Number.POSITIVE_INFINITY);
  if (ANONYMOUS.has(counter)) rest.takeMore('task start-up', task_amount);
  if (LISTS.has(counter)) rest.takeAll('list batch', LIST_BATCH_PAGES * cpu_count * unit);
  if (STAT.has(counter)) rest.takeAll('late statistics', CHARGE_BATCH_PAGES * cpu_count * unit);
  return rest.parts;
}
