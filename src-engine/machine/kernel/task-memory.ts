import { NO_TASK } from '../../base/ids.ts';
import { COUNTER } from '../../record/counters.ts';
import type { ChargeMode } from '../limit-gate.ts';
import type { Area } from '../pages/objects.ts';
import { type KernelPolicy, REFUSED } from '../policies/kernel-policy.ts';
import { DENIED } from '../policies/policy.ts';
import type { World } from '../world.ts';

/** THREAD_SIZE of x86-64, in pages. */
export const STACK_PAGES = 4;
/** Pages that one page table maps. */
export const TABLE_SPAN_PAGES = 512;
/** Per-processor statistics of a container, on each processor. An assumption: their size differs between kernels; 6.12 has about 1 KiB. */
export const PERCPU_BYTES = 1024;
const PAGE_BYTES = 4096;

/** Pages taken for the kernel's own use, and the account that they are on. */
interface Grant {
  readonly account: number;
  readonly frames: readonly number[];
}

/**
 * Kernel memory that tasks and containers need to exist: a stack of 16 KiB a task, page tables, and per-processor structures of containers. Counted where the
 * scenario asks for it (`machine.kernel-memory`).
 *
 * A page table is needed for each 2 MiB of an area in which something has been mapped, areas starting at such a boundary; it goes when all that it maps is unmapped. The levels
 * above are left out. Per-processor structures are charged to the parent and go with the container: a dying one keeps them.
 */
export class TaskMemory {
  private readonly world: World;
  private readonly policy: KernelPolicy;
  private readonly stacks = new Map<number, Grant>();
  private readonly tables = new Map<Area, Map<number, Grant>>();
  /** By task: pages of its page tables. */
  private readonly table_count: Float64Array;
  /** By container: the account of its per-processor structures; and the frames in which those of all containers lie. */
  private readonly percpu = new Map<number, number>();
  private readonly percpu_frames: number[] = [];
  private readonly removed = new Set<number>();
  private granted_count = 0;

  constructor(world: World, policy: KernelPolicy) {
    this.world = world;
    this.policy = policy;
    this.table_count = new Float64Array(world.program.taskNames.length);
  }

  get frame_count(): number {
    return this.granted_count + this.percpu_frames.length;
  }

  /** A stack for a task that is to start: charged to the container of its parent, which allocates it, or to its own if it has no parent. False: there is none. */
  admits(task: number, container: number, parent: number): boolean {
    const payer = parent === -1 ? container : this.world.spaces.container[parent];
    const stack = this.grant(payer, COUNTER.kernel_stack, STACK_PAGES, parent === -1 ? NO_TASK : parent, 'blocking');
    if (stack === null) return false;
    if (parent !== -1 && this.world.spaces.alive[parent] === 0) {
      this.revoke(stack, COUNTER.kernel_stack, parent);
      return false;
    }
    this.stacks.set(task, stack);
    return true;
  }

  exiting(task: number): void {
    const stack = this.stacks.get(task);
    if (stack !== undefined) this.revoke(stack, COUNTER.kernel_stack, task);
    this.stacks.delete(task);
  }

  /** Sees to it that there is a page table for a page of an area (`pte_alloc()`). False: there is none. */
  cover(area: Area, index: number, mode: ChargeMode): boolean {
    const chunk = Math.floor(index / TABLE_SPAN_PAGES);
    const tables = this.tables.get(area) ?? new Map<number, Grant>();
    if (tables.has(chunk)) return true;
    const table = this.grant(this.world.spaces.container[area.task], COUNTER.pagetables, 1, area.task, mode);
    if (table === null) return false;
    const { spaces } = this.world;
    if (spaces.alive[area.task] === 0) {
      this.revoke(table, COUNTER.pagetables, area.task);
      return false;
    }
    this.tables.set(area, tables.set(chunk, table));
    this.table_count[area.task]++;
    return true;
  }

  /** Pages of an area have been unmapped: tables that map nothing else go (`free_pgtables()`). */
  uncover(area: Area, first_page: number, page_count: number): void {
    const tables = this.tables.get(area);
    if (tables === undefined) return;
    const end = first_page + page_count;
    for (const [chunk, table] of tables) {
      const chunk_end = Math.min((chunk + 1) * TABLE_SPAN_PAGES, area.page_count);
      if (chunk * TABLE_SPAN_PAGES < first_page || chunk_end > end) continue;
      this.revoke(table, COUNTER.pagetables, area.task);
      tables.delete(chunk);
      this.table_count[area.task]--;
    }
    if (tables.size === 0) this.tables.delete(area);
  }

  /** Pages of a task's page tables: they count in its badness. */
  tablePages(task: number): number {
    return this.table_count[task];
  }

  /** Per-processor structures of a new container. */
  create(container: number): void {
    const parent = this.world.tree.parents[container];
    if (parent === -1) return;
    this.percpu.set(container, this.policy.chargeBytes(parent, COUNTER.percpu, this.percpuBytes(), NO_TASK));
    while (this.percpu_frames.length * PAGE_BYTES < this.percpu.size * this.percpuBytes()) {
      const frame = this.world.policy.allocateUnlisted(parent, NO_TASK);
      if (frame === DENIED) return;
      this.percpu_frames.push(frame);
    }
  }

  remove(container: number): void {
    this.removed.add(container);
  }

  /** Structures of removed containers that are gone for good are freed by a work item. */
  stepDone(): void {
    for (const container of this.removed) {
      if (this.world.dying.has(container)) continue;
      this.removed.delete(container);
      const account = this.percpu.get(container);
      if (account === undefined) continue;
      this.percpu.delete(container);
      this.policy.unchargeBytes(account, COUNTER.percpu, this.percpuBytes(), NO_TASK);
    }
    while (this.percpu_frames.length > 0 && (this.percpu_frames.length - 1) * PAGE_BYTES >= this.percpu.size * this.percpuBytes())
      this.world.policy.releaseUnlisted(this.percpu_frames.pop() ?? DENIED);
  }

  private percpuBytes(): number {
    return PERCPU_BYTES * this.world.program.machine.cpu_count;
  }

  private grant(container: number, counter: number, page_count: number, task: number, mode: ChargeMode): Grant | null {
    const account = this.policy.chargePages(container, counter, page_count, task, mode);
    if (account === REFUSED) return null;
    const frames: number[] = [];
    while (frames.length < page_count) {
      const frame = this.world.policy.allocateUnlisted(container, task);
      if (frame === DENIED) {
        this.policy.unchargePages(account, counter, page_count, task);
        for (const taken of frames) this.world.policy.releaseUnlisted(taken);
        return null;
      }
      frames.push(frame);
    }
    this.granted_count += page_count;
    return { account, frames };
  }

  private revoke({ account, frames }: Grant, counter: number, task: number): void {
    this.policy.unchargePages(account, counter, frames.length, task);
    for (const frame of frames) this.world.policy.releaseUnlisted(frame);
    this.granted_count -= frames.length;
  }
}
