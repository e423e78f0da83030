import type { PolicyCost } from './policy.ts';

/** What the kernel keeps of an address space for pins: `mm->locked_vm` and `mm->pinned_vm`, and what its task was started with. One a life of a task. */
export interface MmAccount {
  readonly task: number;
  readonly user: number;
  /** RLIMIT_MEMLOCK in whole pages; Infinity for none. */
  readonly memlock_pages: number;
  /** CAP_IPC_LOCK: rlimits do not bind. */
  readonly privileged: boolean;
  /** VmLck. */
  locked_pages: number;
  /** VmPin: each call counts. It outlives the task as long as a driver holds its pins. */
  pinned_pages: number;
}

/** On whose account pages were pinned: `struct vm_account` of the 2023 posting. The release finds it here, in whatever context it happens. */
export interface PinAccount {
  readonly mm: MmAccount;
  /** Container of the task when it pinned. It changes only where a removed container hands on what was pinned from it. */
  container: number;
}

/** Pages that a call asks to pin or to lock, before they are faulted in; or that a zero-copy send accounts for, which looks at no page. */
export interface PinRequest {
  readonly kind: 'pin' | 'lock' | 'send';
  readonly mm: MmAccount;
  readonly container: number;
  /** Pages asked for; of a lock, those that the address space has not locked already. */
  readonly page_count: number;
  /** Those that are known by now. The others are pages of the task's own that are made when they are faulted in. */
  readonly known_pages: readonly number[];
}

/**
 * Why a request is refused: which limit of which container it was (of a task's own limit: the container that it is in), and the error that the call returns. Only
 * refusals at `pins-max` count in pins.events.
 */
export interface Refusal {
  readonly limit: 'memlock' | 'pins-max' | 'borrow';
  readonly container: number;
  readonly limit_pages: number;
  readonly errno: number;
}

/** Pages pinned by one call, with their account. A page is in it once for each time that the call pinned it. */
export interface PinSet {
  readonly account: PinAccount;
  /** Pages that count: those of `pages`; of a zero-copy send the most that it could hold, and `pages` is empty. */
  readonly page_count: number;
  readonly pages: readonly number[];
}

/** An address space that lives, its container, and the pages that its locked ranges map now. */
export interface LockedSpace {
  readonly mm: MmAccount;
  readonly container: number;
  readonly mapped_pages: readonly number[];
}

/**
 * The questions that every policy of pins answers. One file a policy, the methods in this order. A policy decides what a call may do and what counts in the
 * counter `pins` of which container; the machinery (machine/spaces/pins.ts) faults pages in, holds them, and keeps the accounts of address spaces.
 */
export interface PinPolicy {
  readonly id: string;
  /** Whether a removed container keeps what was pinned from it until its release; else the parent's counter takes it over. */
  readonly holds_containers: boolean;

  /** Whether pages of a zero-copy send of that address space are accounted at all. */
  accountsSend(mm: MmAccount): boolean;
  /** Pages that the request would add to `pins`. */
  newPages(request: PinRequest): number;
  /** Why the request is refused; null if it is not. */
  refuses(request: PinRequest): Refusal | null;
  /** The pages are in. Is there room for what else they are charged to? False: the call fails for want of memory, or its task has been killed. */
  admit(request: PinRequest, pages: readonly number[]): boolean;
  /** A call has pinned pages. */
  pin(set: PinSet): void;
  /** They are released. */
  unpin(set: PinSet): void;
  /** An address space has locked pages, or unlocked them (negative). */
  lock(mm: MmAccount, container: number, page_count: number): void;
  /** An entry of its locked ranges maps a page now (`delta` 1), or no longer does (−1). */
  lockedPage(mm: MmAccount, container: number, page: number, delta: 1 | -1): void;
  /** The task moves, with its locks; `from` its container until now. What it has pinned stays where it is. */
  move(space: LockedSpace, from: number, to: number): void;
  /** What `pins` of each container must be by itself, without its descendants, from all that is pinned and locked now. */
  expected(sets: Iterable<PinSet>, spaces: Iterable<LockedSpace>): ReadonlyMap<number, number>;
  cost(): PolicyCost;
}
