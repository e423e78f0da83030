import { NO_PAGE, ROOT_CONTAINER } from '../../base/ids.ts';
import type { Accounts } from '../../containers/accounts.ts';
import type { ContainerTree } from '../../containers/tree.ts';
import { COUNTER } from '../../record/counters.ts';
import type { EventLog } from '../../record/event-log.ts';
import { KIND, VMPRESSURE } from '../../record/events.ts';

/*
 * How hard it is to free memory: mm/vmpressure.c (6.12). Reclaim tells how many pages it looked at and how many it took; whenever a window of 512 pages is full the
 * share that it could not take becomes a level. Each container has two windows: that of its whole subtree, for user space, which arises where reclaim was
 * aimed; and that of its own lists, for its sockets. The work item that evaluates the first runs at once here, and reclaim always has the flags that count.
 */

/** `vmpressure_win`: pages scanned in one window (SWAP_CLUSTER_MAX × 16). */
export const VMPRESSURE_WINDOW_PAGES = 512;
/** `vmpressure_level_med` and `vmpressure_level_critical`. */
const MEDIUM_FROM = 60;
const CRITICAL_FROM = 95;
/** `vmpressure_level_critical_prio`: ilog2(100 / 10). A pass that has come down to this priority is in trouble whatever it took. */
export const CRITICAL_PRIORITY = 3;

/** `vmpressure_calc_level()`: pressure in percent for a window of `scanned` (not 0) and `reclaimed` pages. Integer arithmetic as there. */
export function vmpressurePercent(scanned: number, reclaimed: number): number {
  if (reclaimed >= scanned) return 0;
  const scale = scanned + reclaimed;
  return Math.floor(((scale - Math.floor((reclaimed * scale) / scanned)) * 100) / scale);
}

/** Level (VMPRESSURE) of a pressure in percent. */
export function vmpressureLevel(percent: number): number {
  if (percent >= CRITICAL_FROM) return VMPRESSURE.critical;
  return percent >= MEDIUM_FROM ? VMPRESSURE.medium : VMPRESSURE.low;
}

/** How a listener of memory.pressure_level (cgroup v1) wants to be told, by its third word. */
export type ListenerMode = 'default' | 'hierarchy' | 'local';
export interface Listener {
  readonly mode: ListenerMode;
  /** Lowest level that it is told of (VMPRESSURE). */
  readonly level: number;
}

/**
 * Which listeners hear of pressure of a level: `listeners` of the container in which it arose first, then of each ancestor in turn. Answers the indexes of the
 * containers in which a listener was told (`vmpressure_event()` and the walk of `vmpressure_work_fn()`): a listener in default mode is passed over once one
 * below has been told, a local one hears of its own container only.
 */
export function propagatePressure(listeners: readonly (readonly Listener[])[], level: number): number[] {
  const told: number[] = [];
  listeners.forEach((here, distance) => {
    const signalled = told.length > 0;
    const hears = ({ mode, level: from }: Listener): boolean => level >= from && !(distance > 0 && mode === 'local') && !(signalled && mode === 'default');
    if (here.some(hears)) told.push(distance);
  });
  return told;
}

/** One window that is being filled. */
class Window {
  scanned = 0;
  reclaimed = 0;

  /** Adds to the window; the level when it closes, after which it begins anew, else −1. */
  add(scanned: number, reclaimed: number): number {
    this.scanned += scanned;
    this.reclaimed += reclaimed;
    if (this.scanned < VMPRESSURE_WINDOW_PAGES) return -1;
    return vmpressureLevel(vmpressurePercent(this.scanned, this.reclaimed));
  }

  reset(): void {
    this.scanned = 0;
    this.reclaimed = 0;
  }
}

/** The windows of all containers. Reclaim on behalf of user space itself (memory.reclaim) is not told to it. */
export class Vmpressure {
  /** Called when reclaim from a container's own lists was harder than low (Linux 6.12), and from its subtree (the posting of 2015, which had one window). */
  onOwnPressure: (container: number) => void = () => {};
  onTreePressure: (container: number) => void = () => {};
  private readonly tree: ContainerTree;
  private readonly accounts: Accounts;
  private readonly log: EventLog;
  private readonly tree_windows: Window[] = [];
  private readonly own_windows: Window[] = [];

  constructor(tree: ContainerTree, accounts: Accounts, log: EventLog) {
    this.tree = tree;
    this.accounts = accounts;
    this.log = log;
  }

  /** A walk over the subtree of `target` has scanned and reclaimed so many pages: counted in `vmpressure_low` … of the target, which is where the pressure arose. */
  walked(target: number, scanned: number, reclaimed: number, task: number): void {
    if (scanned === 0) return;
    const window = windowOf(this.tree_windows, target);
    const level = window.add(scanned, reclaimed);
    if (level === -1) return;
    this.log.emit(KIND.vmpressure, level, task, target, NO_PAGE, window.scanned, window.reclaimed);
    this.accounts.change(target, COUNTER.vmpressure_low + level, 1, task);
    window.reset();
    if (level > VMPRESSURE.low && target !== ROOT_CONTAINER) this.onTreePressure(target);
  }

  /** Pages scanned and reclaimed on the lists of exactly this container. The root's do not matter: its sockets are not tracked. */
  shrank(container: number, scanned: number, reclaimed: number): void {
    if (scanned === 0 || container === ROOT_CONTAINER) return;
    const window = windowOf(this.own_windows, container);
    const level = window.add(scanned, reclaimed);
    if (level === -1) return;
    window.reset();
    if (level > VMPRESSURE.low && this.tree.exists[container] === 1) this.onOwnPressure(container);
  }

  /** `vmpressure_prio()`: a pass for `target` begins a round at this priority. */
  descended(target: number, priority: number, task: number): void {
    if (priority <= CRITICAL_PRIORITY) this.walked(target, VMPRESSURE_WINDOW_PAGES, 0, task);
  }
}

function windowOf(windows: Window[], container: number): Window {
  windows[container] ??= new Window();
  return windows[container];
}
