import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import { ChargeStock } from '../containers/charge-stock.ts';
import { CHARGE_BATCH_PAGES, HIGH_DELAY_TICKS_MAX, HZ, highDelayTicks, isSlept, overage } from '../containers/high.ts';
import type { Relief } from '../containers/tree.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, MEMORY_EVENT, RECLAIM_REASON, SLEEP } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import type { World } from './world.ts';

/** `MAX_RECLAIM_RETRIES` of mm/memcontrol.c. */
export const MAX_RECLAIM_RETRIES = 16;
/** Pages of a charge that is tried without end while reclaim frees something: 1 << `PAGE_ALLOC_COSTLY_ORDER` of include/linux/mmzone.h. */
const COSTLY_PAGES = 8;

/** How a policy frees memory on behalf of a container: pages freed (or taken off its account). `swappiness` where it is not the machine's. */
export type ReclaimFor = (container: number, page_count: number, reason: number, task: number, swappiness?: number) => number;

/**
 * How a charge may be had: `blocking` reclaims and kills if need be; `patient` reclaims but kills nobody; `atomic` fails at once at a limit; `forced` goes over it
 * (`__GFP_HIGH`, `__GFP_NOFAIL` where the caller cannot sleep).
 */
export type ChargeMode = 'blocking' | 'patient' | 'atomic' | 'forced';

/** What became of room for a charge. What is forced over a limit is not held against `high` (the label `force` of `try_charge_memcg()`). */
type Room = 'had' | 'forced' | 'denied';

/**
 * The limits `max` and `high` around charges: `try_charge_memcg()`, `mem_cgroup_handle_over_high()` and the writers of memory.max and memory.high
 * (mm/memcontrol.c, 6.12), with per-processor stocks where the machine has them. What "reclaim" means is handed in by the policy. Under the rules of version 1 memory and swap
 * together have a limit as well, which is asked first, and failures count in failcnt.
 */
export class LimitGate {
  private readonly world: World;
  private readonly reclaimFor: ReclaimFor | null;
  /** Pages of one charge unit: charges are in units, limits' arithmetic in pages. */
  private readonly units_per_page: number;
  /** By task: pages charged while over some `high`. */
  private readonly over_high_pages: Float64Array;
  /** While set, room is had at once or not at all: nothing is reclaimed, nobody killed and no event counted. What a fault maps around itself may not wait. */
  is_immediate = false;
  /** Whether charges go through stocks (`machine.charge-stock`); made when first needed, for a gate is made before the accounts of its world. */
  private readonly has_stock: boolean;
  private stock: ChargeStock | null = null;
  private readonly is_v1: boolean;
  /** Whether the container that `blocker` named last is at its limit of memory and swap together. */
  private at_memsw = false;

  /** `reclaimFor` null: the policy reclaims nothing for a container, and kills at once. */
  constructor(world: World, charge_shift: number, reclaimFor: ReclaimFor | null) {
    this.world = world;
    this.reclaimFor = reclaimFor;
    this.units_per_page = 2 ** charge_shift;
    this.has_stock = world.program.machine.charge_stock;
    this.is_v1 = world.model.parameters.limits === 'v1';
    this.over_high_pages = new Float64Array(world.program.taskNames.length);
  }

  /**
   * Charges pages to `current` of a container, from the stock of the task's processor if it has them; what is short is charged in batches of 64 then. The caller tells
   * of the pages by an event (page_add, or Accounts.countCharged). False: the charge failed, or the task has been killed.
   */
  charge(container: number, page_count: number, task: number, mode: ChargeMode): boolean {
    const { tree, accounts } = this.world;
    // Charges to the root itself bypass the stock in the kernel, too.
    const stock = container === ROOT_CONTAINER ? null : this.stockOf();
    if (stock === null) {
      const room = this.makeRoomFor(container, page_count, task, mode);
      if (room === 'denied') return false;
      tree.charge(container, page_count * this.units_per_page);
      if (room === 'had') this.charged(container, task, page_count);
      return true;
    }
    const cpu = this.cpuOf(task);
    let taken = false;
    const consume = (): boolean => {
      taken = page_count <= CHARGE_BATCH_PAGES && stock.consume(container, cpu, page_count);
      return taken;
    };
    let batch_pages = page_count;
    let room: Room = 'had';
    if (!consume()) {
      if (page_count < CHARGE_BATCH_PAGES && this.blocker(container, CHARGE_BATCH_PAGES * this.units_per_page, task) === -1) batch_pages = CHARGE_BATCH_PAGES;
      else room = this.makeRoomFor(container, page_count, task, mode, consume);
    }
    if (room === 'denied') return false;
    if (taken) {
      accounts.tellStock(container, -page_count, task);
      return true;
    }
    tree.charge(container, batch_pages * this.units_per_page);
    if (batch_pages > page_count) {
      accounts.tellStock(container, batch_pages, task);
      stock.refill(container, cpu, batch_pages - page_count);
      accounts.tellStock(container, -page_count, task);
    }
    if (room === 'had') this.charged(container, task, batch_pages);
    return true;
  }

  /** Takes the charge of pages back that are not user pages: they go into the stock of the processor (`obj_cgroup_uncharge_pages()`, `mem_cgroup_uncharge_skmem()`). */
  uncharge(container: number, counter: number, page_count: number, task: number): void {
    const { accounts } = this.world;
    const stock = container === ROOT_CONTAINER ? null : this.stockOf();
    if (stock === null) {
      accounts.uncharge(container, counter, page_count, task);
      return;
    }
    accounts.change(container, counter, -page_count, task);
    stock.refill(container, this.cpuOf(task), page_count);
  }

  /** Gives back what is in stock for containers of a subtree: bytes of objects, then pages (`drain_local_stock()`). */
  drainStock(root: number): void {
    this.world.kernel.policy.drain(root);
    this.stock?.drain(root);
  }

  /** Pages in stock for containers of a subtree. */
  stockPages(root: number): number {
    return this.stock === null ? 0 : this.stock.pagesWithin(root);
  }

  private stockOf(): ChargeStock | null {
    if (!this.has_stock) return null;
    const { program, tree, accounts } = this.world;
    this.stock ??= new ChargeStock(program.machine.cpu_count, tree, accounts);
    return this.stock;
  }

  private cpuOf(task: number): number {
    return task === NO_TASK ? 0 : this.world.spaces.cpu[task];
  }

  /** As makeRoom, by the charge's mode. */
  private makeRoomFor(container: number, page_count: number, task: number, mode: ChargeMode, fromStock?: () => boolean): Room {
    const units = page_count * this.units_per_page;
    if (mode === 'blocking' || mode === 'patient') return this.makeRoom(container, units, task, mode === 'blocking', undefined, fromStock) ? 'had' : 'denied';
    const limiter = this.blocker(container, units, task);
    if (limiter === -1) return 'had';
    if (mode === 'atomic') return 'denied';
    this.count(limiter, MEMORY_EVENT.max, task);
    return 'forced';
  }

  /**
   * Makes room for a charge of `units`; reclaims as the kernel does, and kills where it `may_kill`. False: the charge fails, or the task
   * has been killed. `relief`: units that others in the subtree of a container give up with the charge. `fromStock`: whether the stock has come to hold what is
   * asked for, as it does when reclaim frees slab; no room is needed then.
   */
  makeRoom(container: number, units: number, task: number, may_kill = true, relief?: Relief, fromStock?: () => boolean): boolean {
    const { tree, spaces } = this.world;
    const page_count = Math.ceil(units / this.units_per_page);
    let retries = MAX_RECLAIM_RETRIES;
    let drained = false;
    for (;;) {
      if (spaces.alive[task] === 0) return false;
      if (fromStock?.() === true) return true;
      const limiter = this.blocker(container, units, task, relief);
      if (limiter === -1) return true;
      if (this.is_immediate) return false;
      this.count(limiter, MEMORY_EVENT.max, task);
      const reclaimed = this.reclaim(limiter, page_count, RECLAIM_REASON.max, task, this.at_memsw ? 0 : undefined);
      if (tree.margin(limiter) >= units - (relief?.(limiter) ?? 0)) continue;
      if (!drained && this.reclaimFor !== null) {
        this.drainStock(limiter);
        drained = true;
        continue;
      }
      // A huge page is one charge; others of so many pages stand for as many charges.
      const is_costly = !may_kill && page_count > COSTLY_PAGES;
      if ((reclaimed > 0 && !is_costly) || (this.reclaimFor !== null && retries-- > 0)) continue;
      if (!may_kill || this.isSpared(limiter, task) || !this.world.oom.kill(limiter, tree.max[limiter] / this.units_per_page, task)) return false;
      if (this.reclaimFor !== null && spaces.alive[task] === 0) this.countLastTries(limiter, task);
      retries = MAX_RECLAIM_RETRIES;
    }
  }

  /**
   * `mem_cgroup_do_precharge()` (mm/memcontrol-v1.c, 6.12): whether there is room for what comes with a task that moves: for all of it, or else page by page, each with one
   * pass of reclaim at most. Nothing is charged, and nobody killed.
   */
  makeRoomAhead(container: number, page_count: number, task: number): boolean {
    if (this.blocker(container, page_count, task) === -1) return true;
    for (let pages = 1; pages <= page_count; pages++) {
      let tried = false;
      for (let drained = false; ; ) {
        const limiter = this.blocker(container, pages, task);
        if (limiter === -1) break;
        if (tried && drained) return false;
        if (tried) {
          this.drainStock(limiter);
          drained = true;
          continue;
        }
        this.count(limiter, MEMORY_EVENT.max, task);
        this.reclaim(limiter, 1, RECLAIM_REASON.max, task, this.at_memsw ? 0 : undefined);
        tried = true;
      }
    }
    return true;
  }

  /** The container whose limit stands in the way of `units` more; −1: none. Of version 1: memory and swap together come first; failures are counted, and no swap is to be used then. */
  private blocker(container: number, units: number, task: number, relief?: Relief): number {
    const { tree } = this.world;
    const memsw_limiter = tree.overMemsw(container, units);
    this.at_memsw = memsw_limiter !== -1;
    const limiter = this.at_memsw ? memsw_limiter : tree.overLimit(container, units, relief);
    if (limiter !== -1 && !this.is_immediate) this.countFailure(limiter, task);
    return limiter;
  }

  /** Of version 1: memory.failcnt, or that of memory and swap together. */
  private countFailure(limiter: number, task: number): void {
    if (this.is_v1) this.world.accounts.change(limiter, this.at_memsw ? COUNTER.memsw_failcnt : COUNTER.failcnt, 1, task);
  }

  /** `oom_kill_disable` (`memcg1_oom_prepare()`, 6.12): out of memory is counted, and nobody is killed. */
  private isSpared(limiter: number, task: number): boolean {
    if (this.world.tree.oom_kill_disable[limiter] === 0) return false;
    this.count(limiter, MEMORY_EVENT.oom, task);
    return true;
  }

  /**
   * A task that the killer took in the middle of its own charge does not see it before it has tried as often again: the kernel lets go of a dying task (`passed_oom`) only
   * where its retries, which the kill has renewed, are used up (`try_charge_memcg()`, mm/memcontrol.c, 6.1.192 and 6.12.117). Its memory is still there until then, so that each try
   * meets the limit; here it has gone with the kill, and the tries are counted alone. Both kernels of the recordings count 35 events of `max` so. (6.12 lets go of a victim that the
   * reaper is done with, MMF_OOM_SKIP: on another processor that may be sooner.)
   */
  private countLastTries(limiter: number, task: number): void {
    for (let tries = 0; tries <= MAX_RECLAIM_RETRIES; tries++) {
      this.countFailure(limiter, task);
      this.count(limiter, MEMORY_EVENT.max, task);
    }
  }

  /** After a charge of `page_count` pages to `container`: keeps account of pages charged over `high`; many of them are dealt with before the operation goes on. */
  charged(container: number, task: number, page_count = 1): void {
    const { tree, machine } = this.world;
    if (!tree.has_high || task === NO_TASK) return;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      if (tree.usage[at] <= tree.high[at] && tree.swap_usage[at] <= tree.swap_high[at]) continue;
      this.over_high_pages[task] += page_count;
      if (this.over_high_pages[task] >= CHARGE_BATCH_PAGES) machine.settle_due = true;
      return;
    }
  }

  /** `__mem_cgroup_handle_over_high()`: reclaims in every container over its `high`, then sleeps off the rest, and what swap is over `swap-high`. */
  handleOverHigh(container: number, task: number): void {
    const charged_pages = this.over_high_pages[task];
    if (charged_pages === 0) return;
    this.over_high_pages[task] = 0;
    this.world.machine.settle_due = false;
    const { log } = this.world;
    let want = charged_pages;
    for (let retries = MAX_RECLAIM_RETRIES; ; want = 32) {
      const reclaimed = this.reclaimHigh(container, want, task);
      const for_memory = highDelayTicks(charged_pages, this.worstOverage(container));
      const for_swap = highDelayTicks(charged_pages, this.worstSwapOverage(container, task));
      const delay = Math.min(for_memory + for_swap, HIGH_DELAY_TICKS_MAX);
      if (!isSlept(delay)) return;
      if (reclaimed > 0 || retries-- > 0) continue;
      const asleep_ns = log.now_ns;
      log.now_ns += delay * (1e9 / HZ);
      this.world.pressure.slept(task, asleep_ns);
      log.emit(KIND.sleep, SLEEP.throttled, task, container, NO_PAGE, delay * (1e6 / HZ), 0);
      return;
    }
  }

  /** Works usage down below the limits that have been changed. */
  enforce(container: number, task: number, changed: LimitsSpec): void {
    if (changed.high_pages !== undefined) this.enforceHigh(container, task);
    if (changed.max_pages !== undefined) this.enforceMax(container, task);
  }

  /** Brings usage below a lowered memory.max: `memory_max_write()`. */
  private enforceMax(container: number, task: number): void {
    const { tree, oom } = this.world;
    let retries = MAX_RECLAIM_RETRIES;
    for (let drained = false; tree.usage[container] > tree.max[container]; ) {
      if (!drained) {
        this.drainStock(container);
        drained = true;
        continue;
      }
      const excess_pages = Math.ceil((tree.usage[container] - tree.max[container]) / this.units_per_page);
      if (retries > 0 && this.reclaimFor !== null) {
        if (this.reclaim(container, excess_pages, RECLAIM_REASON.resize, task) === 0) retries--;
        continue;
      }
      if (!oom.kill(container, tree.max[container] / this.units_per_page, task)) return;
    }
  }

  /** Brings usage below a lowered memory.high as far as it goes: `memory_high_write()`. */
  private enforceHigh(container: number, task: number): void {
    const { tree } = this.world;
    let retries = MAX_RECLAIM_RETRIES;
    if (tree.usage[container] > tree.high[container]) this.drainStock(container);
    while (tree.usage[container] > tree.high[container]) {
      const excess_pages = Math.ceil((tree.usage[container] - tree.high[container]) / this.units_per_page);
      if (this.reclaim(container, excess_pages, RECLAIM_REASON.resize, task) === 0 && retries-- === 0) return;
    }
  }

  private reclaim(container: number, page_count: number, reason: number, task: number, swappiness?: number): number {
    return this.reclaimFor === null ? 0 : this.reclaimFor(container, page_count, reason, task, swappiness);
  }

  private reclaimHigh(container: number, page_count: number, task: number): number {
    const { tree } = this.world;
    let reclaimed = 0;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      if (tree.usage[at] <= tree.high[at]) continue;
      this.count(at, MEMORY_EVENT.high, task);
      reclaimed += this.reclaim(at, page_count, RECLAIM_REASON.high, task);
    }
    return reclaimed;
  }

  private worstOverage(container: number): bigint {
    const { tree } = this.world;
    let worst = 0n;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      if (tree.high[at] === Number.POSITIVE_INFINITY) continue;
      const found = overage(Math.floor(tree.usage[at] / this.units_per_page), Math.floor(tree.high[at] / this.units_per_page));
      if (found > worst) worst = found;
    }
    return worst;
  }

  /** `swap_find_max_overage()`: the same for swap; each container that is over tells it. */
  private worstSwapOverage(container: number, task: number): bigint {
    const { tree, accounts } = this.world;
    let worst = 0n;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      if (tree.swap_usage[at] <= tree.swap_high[at]) continue;
      accounts.change(at, COUNTER.swap_high, 1, task);
      const found = overage(tree.swap_usage[at], tree.swap_high[at]);
      if (found > worst) worst = found;
    }
    return worst;
  }

  private count(container: number, which: number, task: number): void {
    this.world.tree.count_event(container, COUNTER.low + which);
    this.world.log.emit(KIND.memory_event, which, task, container, NO_PAGE, 0, 0);
  }
}
