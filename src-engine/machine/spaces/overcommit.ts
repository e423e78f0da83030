import { NO_TASK, ROOT_CONTAINER } from '../../base/ids.ts';
import { COUNTER } from '../../record/counters.ts';
import type { OvercommitSpec } from '../../scenario/program.ts';
import type { World } from '../world.ts';

/** Most that `init_admin_reserve()` and `init_user_reserve()` keep back, in pages: 8 MiB and 128 MiB; a 32nd of memory where that is less. */
const ADMIN_RESERVE_PAGES_MAX = 2_048;
const USER_RESERVE_PAGES_MAX = 32_768;

/** A mapping as mmap() is asked for it. */
export interface Mapping {
  readonly is_file: boolean;
  readonly is_shared: boolean;
  readonly is_writable: boolean;
  readonly page_count: number;
}

/**
 * Pages that a mapping commits (`accountable_mapping()`, mm/mmap.c, and `shmem_acct_size()`, mm/shmem.c, 6.12): what may come to need memory of its own. A file stands for what is shared
 * of it, and what cannot be written needs none; shared anonymous memory is committed whichever way it is mapped.
 */
export function committedPages({ is_file, is_shared, is_writable, page_count }: Mapping): number {
  const is_committed = is_shared ? !is_file : is_writable;
  return is_committed ? page_count : 0;
}

/** `vm_commit_limit()` (mm/util.c, 6.12), in pages. */
export const commitLimit = (memory_pages: number, swap_pages: number, ratio_percent: number): number =>
  Math.floor((memory_pages * ratio_percent) / 100) + swap_pages;

/**
 * Overcommit accounting (`__vm_enough_memory()` of mm/util.c, 6.12): Committed_AS and CommitLimit of /proc/meminfo, as counters of the root. A mapping is committed whole when it is made, a
 * fork commits the private memory of its parent once more, and what is unmapped is given back. vm.overcommit_memory 0 refuses only what is larger than memory and swap together, 1 nothing,
 * 2 what goes over the limit less what is kept back for the administrator and for the user who is to end a large process. Tasks of user 0 have CAP_SYS_ADMIN.
 *
 * Left out: huge pages, which are reserved instead; tmpfs, which the kernel commits page by page as they come. An area that is unmapped in part stays committed.
 */
export class Overcommit {
  private readonly world: World;
  private readonly spec: OvercommitSpec;
  private committed_pages = 0;

  constructor(world: World, spec: OvercommitSpec) {
    this.world = world;
    this.spec = spec;
  }

  /** The root is there: its CommitLimit can be told. */
  begin(): void {
    this.world.accounts.change(ROOT_CONTAINER, COUNTER.commit_limit, this.limit_pages);
  }

  /** Commits pages for a mapping of a task. False: mmap() or fork() fails with ENOMEM. */
  admits(task: number, page_count: number): boolean {
    if (!this.isEnough(task, page_count)) return false;
    this.change(page_count, task);
    return true;
  }

  /** A mapping is gone. */
  release(page_count: number, task: number = NO_TASK): void {
    this.change(-page_count, task);
  }

  private get limit_pages(): number {
    const { memory_pages, swap_pages } = this.world.program.machine;
    return commitLimit(memory_pages, swap_pages, this.spec.ratio_percent);
  }

  private isEnough(task: number, page_count: number): boolean {
    const { memory_pages, swap_pages } = this.world.program.machine;
    if (this.spec.mode === 1) return true;
    if (this.spec.mode === 0) return page_count <= memory_pages + swap_pages;
    const { areas, credentials } = this.world.spaces;
    const share = Math.floor(memory_pages / 32);
    const for_admin = credentials[task].user === 0 ? 0 : Math.min(share, ADMIN_RESERVE_PAGES_MAX);
    let mapped_pages = 0;
    for (const area of areas[task].values()) mapped_pages += area.page_count;
    const for_user = Math.min(Math.floor(mapped_pages / 32), share, USER_RESERVE_PAGES_MAX);
    return this.committed_pages + page_count < this.limit_pages - for_admin - for_user;
  }

  private change(page_count: number, task: number): void {
    this.committed_pages += page_count;
    this.world.accounts.change(ROOT_CONTAINER, COUNTER.committed_as, page_count, task);
  }
}
