import { ROOT_CONTAINER } from '../base/ids.ts';
import { Accounts } from '../containers/accounts.ts';
import { Dying } from '../containers/dying.ts';
import { PeakFiles } from '../containers/peak-files.ts';
import { Population } from '../containers/population.ts';
import { Protection } from '../containers/protection.ts';
import { ContainerTree } from '../containers/tree.ts';
import { COUNTER } from '../record/counters.ts';
import { EventLog } from '../record/event-log.ts';
import { RECLAIM_REASON } from '../record/events.ts';
import type { RecordSink } from '../record/run.ts';
import type { ModelChoices } from '../scenario/axes.ts';
import type { Program } from '../scenario/program.ts';
import type { AxisModule, ModuleAxis, SlicedAxisModule, WorldModule } from './axis-module.ts';
import { KernelMemory } from './kernel/kernel-memory.ts';
import type { ChargeMode } from './limit-gate.ts';
import { Machine } from './machine.ts';
import { Sockets } from './net/sockets.ts';
import { Hugetlb } from './pages/hugetlb.ts';
import type { MemoryObject } from './pages/objects.ts';
import { SwapCache } from './pages/swap-cache.ts';
import { Writeback } from './pages/writeback.ts';
import { Zswap } from './pages/zswap.ts';
import type { PolicyFactories } from './policies/policies.ts';
import { DENIED, type PagePolicy } from './policies/policy.ts';
import { CpusetPressure } from './pressure/cpuset-pressure.ts';
import { Pressure } from './pressure/pressure.ts';
import { Vmpressure } from './pressure/vmpressure.ts';
import { Generations } from './reclaim/mglru.ts';
import { GenerationReclaim } from './reclaim/mglru-reclaim.ts';
import { OutOfMemory } from './reclaim/out-of-memory.ts';
import { Reclaim } from './reclaim/reclaim.ts';
import { SWAP_CLUSTER_MAX } from './reclaim/scan-count.ts';
import { AddressSpaces } from './spaces/address-spaces.ts';
import { Overcommit } from './spaces/overcommit.ts';
import { Pins } from './spaces/pins.ts';

/** Everything of one simulated machine, and the policy that accounts for it. Policies keep the world and look into it when asked, not before. */
export class World {
  readonly program: Program;
  readonly log: EventLog;
  readonly tree: ContainerTree;
  readonly dying: Dying;
  readonly accounts: Accounts;
  /** The choices of the model that the world runs under. */
  readonly model: ModelChoices;
  /** Machinery of the axes beside the pages. An axis without any is not modelled: its steps are refused before the run. */
  readonly modules: { readonly [A in Exclude<ModuleAxis, 'sockets'>]?: AxisModule<A> } & { readonly sockets?: SlicedAxisModule<'sockets'> };
  /** Those, in the order of the axes, then the controller of huge pages, zswap and writeback, which are the same under all models. */
  readonly all_modules: readonly WorldModule[];
  readonly kernel: KernelMemory;
  readonly pins: Pins;
  readonly hugetlb: Hugetlb;
  /** Null: nobody counts what is committed. */
  readonly overcommit: Overcommit | null;
  readonly machine: Machine;
  readonly spaces: AddressSpaces;
  readonly protection: Protection;
  readonly peaks: PeakFiles;
  readonly vmpressure: Vmpressure;
  readonly pressure: Pressure;
  readonly cpuset_pressure: CpusetPressure;
  readonly reclaim: Reclaim;
  readonly oom: OutOfMemory;
  /** Containers that exist now, by path index; −1 none. */
  readonly container_by_path: Int32Array;
  /** What removal policies did: pages that they moved from one owner to another, and pages on lists that they looked at. */
  pages_reparented = 0;
  removal_list_steps = 0;

  constructor(program: Program, sink: RecordSink, model: ModelChoices, policies: PolicyFactories) {
    this.program = program;
    this.model = model;
    this.log = new EventLog(sink);
    this.tree = new ContainerTree();
    this.dying = new Dying(
      this.tree,
      this.log,
      (container) => this.policy.holds?.(container) === true || this.all_modules.some((module) => module.holds?.(container) === true),
      (count) => policies.dyingChanged?.(this, count),
    );
    this.accounts = new Accounts(this.tree, this.log, this.dying, () => 2 ** this.policy.charge_shift);
    this.machine = new Machine(program.machine, this.log, this.tree, this.dying, model.parameters, () => policies.pages(this));
    this.spaces = new AddressSpaces(this.machine, program.taskNames, program.areaNames, {
      started: (task, parent) => {
        for (const module of this.all_modules) module.started?.(task, parent);
      },
      moving: (task, to) => {
        for (const module of this.all_modules) module.moving?.(task, to);
      },
      exiting: (task) => {
        for (const module of this.all_modules) module.exiting?.(task);
      },
      pageLocked: (task, page) => this.pins.pageLocked(task, page),
      pageUnlocked: (task, page) => this.pins.pageUnlocked(task, page),
      lockedUnmapped: (task, page_count) => this.pins.lockedUnmapped(task, page_count),
    });
    this.peaks = new PeakFiles(this.tree);
    this.protection = new Protection(this.tree, program.machine.recursive_protection);
    this.vmpressure = new Vmpressure(this.tree, this.accounts, this.log);
    this.pressure = new Pressure(this.tree, this.accounts, this.log, program.taskNames.length, (task) => this.spaces.cpu[task]);
    // Version 1 takes the charge of a slot off as soon as its page is back (`memcg1_swapin()`); here the slot goes with it.
    if (program.machine.swap_cache === true && model.parameters.limits === 'v2') this.machine.swap_cache = new SwapCache(this.tree, this.log);
    this.machine.pressure = this.pressure;
    this.machine.swap_refusals = (container, at_limit, task) => {
      if (at_limit) this.accounts.change(container, COUNTER.swap_max, 1, task);
      this.accounts.change(container, COUNTER.swap_fail, 1, task);
    };
    this.cpuset_pressure = new CpusetPressure(this.accounts, this.log);
    const { machine } = this;
    this.reclaim =
      machine.placement instanceof Generations
        ? new GenerationReclaim(machine, this.spaces, this.protection, this.vmpressure, machine.placement)
        : new Reclaim(machine, this.spaces, this.protection, this.vmpressure);
    this.oom = new OutOfMemory(this);
    this.container_by_path = new Int32Array(program.containerPaths.length).fill(-1);
    this.kernel = new KernelMemory(this, policies.kernel);
    this.reclaim.shrinkers = this.kernel;
    this.spaces.kernel_memory = this.kernel.tasks;
    this.pins = new Pins(this, policies.pins(this));
    this.hugetlb = new Hugetlb(this);
    this.spaces.hugetlb = this.hugetlb;
    this.spaces.population = new Population(this.tree);
    const { zswap } = program.machine;
    if (zswap !== undefined && this.policy.gate !== null) machine.zswap = new Zswap(this, zswap);
    if (program.machine.writeback !== undefined) machine.writeback = new Writeback(this, program.machine.writeback);
    this.overcommit = program.machine.overcommit === undefined ? null : new Overcommit(this, program.machine.overcommit);
    this.spaces.overcommit = this.overcommit;
    this.modules = { kernel: this.kernel, sockets: new Sockets(this, policies.sockets(this)), pins: this.pins };
    this.all_modules = [...Object.values(this.modules), this.hugetlb, machine.zswap, machine.writeback].filter((module) => module !== null);
  }

  get policy(): PagePolicy {
    return this.machine.policy;
  }

  /** The machine's object for one of the program's that has pages: those come first among the machine's, in the program's order. */
  objectOf(program_object: number): MemoryObject {
    let index = 0;
    for (const { kind } of this.program.objects.slice(0, program_object)) if (kind !== 'slab' && kind !== 'socket') index++;
    return this.machine.objects[index];
  }

  /** Containers that exist, and removed ones that are not gone for good: each takes its storage. */
  get containers_in_memory(): number {
    return this.tree.live_count + this.dying.count;
  }

  /** Pages charged to `current` in the subtree of a container that are on no list: kernel memory, sockets, and what processors have in stock. */
  chargedUnlistedPages(container: number): number {
    let pages = this.policy.gate?.stockPages(container) ?? 0;
    for (let at = container; at !== -1; at = this.tree.next(at, container)) for (const module of this.all_modules) pages += module.chargedPages?.(at) ?? 0;
    return pages;
  }

  /**
   * Charges pages of kernel memory or sockets to the pool of a container, and to `counter`. False: the charge failed, or the task was killed. Where pools are
   * places, only `counter` changes.
   */
  chargePool(container: number, counter: number, page_count: number, task: number, mode: ChargeMode): boolean {
    const { gate } = this.policy;
    if (gate === null) {
      this.accounts.change(container, counter, page_count, task);
      return true;
    }
    if (!gate.charge(container, page_count, task, mode)) return false;
    this.accounts.countCharged(container, counter, page_count, task);
    return true;
  }

  unchargePool(container: number, counter: number, page_count: number, task: number): void {
    if (this.policy.gate === null) this.accounts.change(container, counter, -page_count, task);
    else this.policy.gate.uncharge(container, counter, page_count, task);
  }

  /** A frame from the whole machine: direct reclaim when none is free, then the out-of-memory killer. */
  allocateFrame(task: number): number {
    for (;;) {
      const frame = this.machine.pool.take();
      if (frame !== -1) return frame;
      if (this.reclaim.tryToFree(ROOT_CONTAINER, SWAP_CLUSTER_MAX, RECLAIM_REASON.global, task) > 0) continue;
      if (!this.oom.kill(ROOT_CONTAINER, this.program.machine.memory_pages, task)) return DENIED;
      if (this.spaces.alive[task] === 0) return DENIED;
    }
  }
}
