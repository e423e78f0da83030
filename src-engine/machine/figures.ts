import { NO_CONTAINER, NO_PAGE, NO_TASK, PAGE_SIZE_BYTES } from '../base/ids.ts';
import { counterCalled, counterLabel } from '../record/counter-names.ts';
import { COUNTER, type CounterSpec, countersOf } from '../record/counters.ts';
import { COST, KIND, LIST_NAMES } from '../record/events.ts';
import type { ExpectationResult, RecordSink, RunMeta } from '../record/run.ts';
import type { Op } from '../scenario/program.ts';
import { swappedPages } from './pages/swapped-pages.ts';
import type { PeakOp, performPeak } from './peak-steps.ts';
import type { PolicyCost } from './policies/policy.ts';
import type { World } from './world.ts';

/** Largest limit that an event can tell: 8 TiB less a page. */
export const LIMIT_SHOWN_PAGES_MAX = 2 ** 31 - 1;
const COST_SHOWN_MAX = 2 ** 31 - 1;

/** What a run tells about itself: samples, expectations, and what the model cost. */
export class Figures {
  readonly expectations: ExpectationResult[] = [];
  private readonly world: World;
  private readonly sink: RecordSink;
  private readonly meta: RunMeta;
  private readonly cost_keys = Object.keys(COST) as (keyof PolicyCost)[];
  private last_cost: PolicyCost | null = null;

  constructor(world: World, sink: RecordSink, meta: RunMeta) {
    this.world = world;
    this.sink = sink;
    this.meta = meta;
  }

  /** Every counter of every container as shown, in raw units. */
  private counterRows(): Float64Array[] {
    const { tree, machine } = this.world;
    for (let container = 0; container < tree.count; container++) {
      LIST_NAMES.forEach((name, list) => {
        const held = tree.local(container, COUNTER[name]);
        tree.count_up(container, COUNTER[name], machine.lru.pages(container, list) - held);
      });
    }
    const units_per_page = 2 ** this.meta.charge_shift;
    const rows = tree.snapshot();
    const limits = [
      [COUNTER.limit_min, tree.min, units_per_page],
      [COUNTER.limit_low, tree.low, units_per_page],
      [COUNTER.limit_high, tree.high, units_per_page],
      [COUNTER.limit_max, tree.max, units_per_page],
      [COUNTER.limit_swap_max, tree.swap_max, 1],
      [COUNTER.limit_kmem, tree.kmem_max, 1],
      [COUNTER.limit_tcp, tree.tcp_max, 1],
      [COUNTER.limit_pins, tree.pins_max, 1],
      [COUNTER.limit_hugetlb, tree.hugetlb_max, 1],
      [COUNTER.limit_hugetlb_rsvd, tree.hugetlb_rsvd_max, 1],
      [COUNTER.limit_swap_high, tree.swap_high, 1],
      [COUNTER.limit_zswap_max, tree.zswap_max, 1],
      [COUNTER.limit_memsw, tree.memsw_max, 1],
      [COUNTER.limit_soft, tree.soft_limit, 1],
    ] as const;
    for (const [counter, values, per_page] of limits) {
      rows.forEach((row, container) => {
        const pages = values[container] / per_page;
        row[counter] = pages === Number.POSITIVE_INFINITY ? -1 : Math.min(pages, LIMIT_SHOWN_PAGES_MAX);
      });
    }
    return rows;
  }

  takeSample(step_index: number, name: string): void {
    const { machine, tree, spaces, program, log } = this.world;
    const rows = this.counterRows();
    this.sink.sample({
      event_index: log.event_count,
      step_index,
      name,
      containers: rows.map((counters, id) => ({ path: tree.paths[id], exists: tree.exists[id] === 1, counters })),
      tasks: program.taskNames.map((task_name, task) => ({
        name: task_name,
        alive: spaces.alive[task] === 1,
        container: spaces.cgroup[task],
        rss_pages: spaces.rss_pages[task],
        swap_pages: swappedPages(machine, spaces, task),
      })),
    });
  }

  checkExpectations(op: Extract<Op, { verb: 'expect' }>, step_index: number): void {
    if (op.under !== undefined && !op.under.includes(this.meta.model)) return;
    const rows = this.counterRows();
    for (const expectation of op.expectations) {
      const container = this.world.container_by_path[expectation.path];
      const spec = counterNamed(expectation.counter);
      const actual = container === -1 ? Number.NaN : shownValue(spec, rows[container][spec.index], this.meta.charge_shift);
      const held = Math.abs(actual - expectation.value) <= expectation.tolerance;
      this.emit(KIND.expect, 0, NO_TASK, container === -1 ? NO_CONTAINER : container, held ? 1 : 0, this.expectations.length);
      this.expectations.push({
        line: expectation.line,
        step_index,
        path: this.world.program.containerPaths[expectation.path],
        counter: counterLabel(countersOf(this.meta)[spec.index]),
        expected: expectation.value,
        tolerance: expectation.tolerance,
        actual,
        held,
      });
    }
  }

  /** Holds the reading of an open memory.peak against what the step expects of it. */
  checkPeak(op: PeakOp, reading: ReturnType<typeof performPeak>, step_index: number): void {
    if (op.verb !== 'read-peak' || op.expectation === undefined) return;
    const { value, tolerance, line } = op.expectation;
    const actual = reading?.bytes ?? Number.NaN;
    const held = Math.abs(actual - value) <= tolerance;
    const container = reading?.container ?? NO_CONTAINER;
    this.emit(KIND.expect, 0, NO_TASK, container, held ? 1 : 0, this.expectations.length);
    const path = reading === null ? '' : this.world.tree.paths[reading.container];
    this.expectations.push({ line, step_index, path, counter: 'peak', expected: value, tolerance, actual, held });
  }

  /** What the model cost since the last step: running costs as they grew, storage as it stands. The time that it took is billed here, at the end of the step. */
  emitCosts(): void {
    const { log, program } = this.world;
    const cost = this.costSoFar();
    const { charge_ns, list_step_ns } = program.machine.costs;
    const grown = (key: keyof PolicyCost): number => cost[key] - (this.last_cost?.[key] ?? 0);
    log.now_ns += grown('counter_updates') * charge_ns + (grown('rmap_steps') + grown('list_steps') + grown('hash_lookups')) * list_step_ns;
    for (const key of this.cost_keys) {
      const before = this.last_cost?.[key] ?? 0;
      if (cost[key] === before) continue;
      const is_storage = COST[key] === COST.page_storage_bytes || COST[key] === COST.container_storage_bytes;
      // A column holds 31 bits: a larger growth is told in several events, a larger store as 2 GiB.
      let amount = is_storage ? Math.min(cost[key], COST_SHOWN_MAX) : cost[key] - before;
      for (; amount > COST_SHOWN_MAX; amount -= COST_SHOWN_MAX) this.emit(KIND.cost, COST[key], NO_TASK, NO_CONTAINER, COST_SHOWN_MAX, 0);
      this.emit(KIND.cost, COST[key], NO_TASK, NO_CONTAINER, amount, 0);
    }
    this.last_cost = cost;
  }

  /** What the policies of all axes have cost so far. */
  private costSoFar(): PolicyCost {
    const { policy, all_modules } = this.world;
    const costs = [policy.cost(), ...all_modules.flatMap((module) => module.cost?.() ?? [])];
    const sum = { ...costs[0] };
    for (const cost of costs.slice(1)) for (const key of this.cost_keys) sum[key] += cost[key];
    return sum;
  }

  private emit(kind: number, flags: number, task: number, container: number, a: number, b: number): void {
    this.world.log.emit(kind, flags, task, container, NO_PAGE, a, b);
  }
}

function counterNamed(name: string): CounterSpec {
  const spec = counterCalled(name);
  // The compiler has checked the names.
  if (spec === undefined) throw new Error(`no counter ${name}`);
  return spec;
}

/** A raw counter value as it is shown: bytes for amounts of memory, −1 for an open limit, plain counts. */
function shownValue(spec: CounterSpec, raw: number, charge_shift: number): number {
  if (spec.unit === 'charge') return Math.floor((raw * PAGE_SIZE_BYTES) / 2 ** charge_shift);
  return spec.unit !== 'pages' || raw === -1 ? raw : raw * PAGE_SIZE_BYTES;
}
