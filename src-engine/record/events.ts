/**
 * The one table of event kinds. Docs, SQL views, JSON export and the event table of the window are made from it.
 *
 * An event is one row of eight columns:
 *   kind       u8   code of the kind below
 *   flags      u8   meaning by kind (FLAG_* below)
 *   task       u16  task on whose behalf it happened (NO_TASK: none)
 *   container  u16  the container whose counters change (NO_CONTAINER: none)
 *   page       u32  page, or what the kind says (NO_PAGE: none)
 *   a, b       i32  two values, meaning by kind
 *   dt_ns      u32  simulated nanoseconds since the event before
 *
 * Amounts of charge are in the run's charge units: one page is `1 << RunMeta.charge_shift` units (shift 24 where pages are shared out in parts, else 0).
 */
export interface EventKindSpec {
  readonly code: number;
  readonly name: string;
  /** One sentence: what happened. */
  readonly meaning: string;
  /** Meaning of `page`, `a`, `b`, `flags` where used. */
  readonly columns: Readonly<Partial<Record<'task' | 'container' | 'page' | 'a' | 'b' | 'flags', string>>>;
}

export const KIND = {
  step_begin: 1,
  step_skip: 2,
  object_create: 3,
  container_create: 4,
  container_create_failed: 5,
  container_remove: 6,
  limit_set: 7,
  task_start: 8,
  task_move: 9,
  task_exit: 10,
  page_add: 11,
  page_free: 12,
  page_evict: 13,
  charge: 14,
  uncharge: 15,
  recharge: 16,
  activate: 17,
  deactivate: 18,
  map: 19,
  unmap: 20,
  fault: 21,
  swap_free: 22,
  reclaim_begin: 23,
  reclaim_end: 24,
  shrink_inactive: 25,
  shrink_active: 26,
  lru_isolate: 27,
  shrink_slab_start: 28,
  shrink_slab_end: 29,
  memory_event: 30,
  oom_kill: 31,
  op_fail: 32,
  sleep: 33,
  sample: 34,
  expect: 35,
  cost: 36,
  zone_assign: 37,
  trace_other: 38,
  run_end: 39,
  account: 40,
  counter_read: 41,
  slab_cache_create: 42,
  slab_alloc: 43,
  slab_free: 44,
  tcp_send: 45,
  tcp_receive: 46,
  tcp_drop: 47,
  tcp_window: 48,
  vmpressure: 49,
  socket_pressure: 50,
  pin: 51,
  unpin: 52,
  pin_refused: 53,
  unevictable: 54,
  borrow: 55,
  container_release: 56,
  oom_notice: 57,
  inherit: 58,
  generation_begin: 59,
  generation_sort: 60,
  generation: 61,
  zswap_writeback: 62,
  peak_file: 63,
} as const;

export type KindName = keyof typeof KIND;

/**
 * The LRU lists as they are numbered in events and states: `enum lru_list` of include/linux/mmzone.h. Flags of events name the first four only; a page comes to the
 * unevictable list and leaves it by `unevictable` events.
 */
export const LRU = { inactive_anon: 0, active_anon: 1, inactive_file: 2, active_file: 3, unevictable: 4 } as const;
export const LRU_NAMES = ['inactive_anon', 'active_anon', 'inactive_file', 'active_file'] as const;
/** Names of all lists, by their numbers; those of the counters of their pages as well. */
export const LIST_NAMES = [...LRU_NAMES, 'unevictable'] as const;
/** In a page's state: on no list. */
export const NO_LRU = 7;

/** Flags of page_add. Bits 0-1: the LRU list (LRU). */
export const ADD = { lru_mask: 3, refault: 4, workingset_activate: 8, workingset_restore: 16, major: 32, swapin: 64, zswapin: 128 } as const;
/** Flags of page_free. */
export const FREE = { truncate: 1, exit: 2, unmap: 3, remove: 4, drop_caches: 5, cow: 6, unpin: 7 } as const;
/** Flags of page_evict. `zswap`, with `swapout`: its content stays in memory, compressed; nothing is written to swap (pswpout). */
export const EVICT = { swapout: 1, writeback: 2, zswap: 4 } as const;
/** Flag of activate and deactivate: the page has another generation now, or its generation another list. Such moves are not counted in pgactivate and pgdeactivate. */
export const BY_GENERATION = 1;
/** Flags of map and fault: what kind of fault brought it (none: no fault was taken, as at fork). */
export const FAULT = { none: 0, minor: 1, major: 2, cow: 4 } as const;
/** Flags of reclaim_begin: why. */
export const RECLAIM_REASON = {
  global: 0,
  max: 1,
  high: 2,
  proactive: 3,
  resize: 4,
  remove: 5,
  trace_memcg: 6,
  trace_direct: 7,
  trace_kswapd: 8,
  soft_limit: 9,
} as const;
/** Flags of limit_set and memory_event. `a` of limit_set is pages, −1 for `max`. */
export const LIMIT = {
  min: 0,
  low: 1,
  high: 2,
  max: 3,
  swap_max: 4,
  kmem: 5,
  tcp: 6,
  pins: 7,
  hugetlb: 8,
  hugetlb_rsvd: 9,
  swap_high: 10,
  zswap_max: 11,
  memsw: 12,
  soft: 13,
} as const;
export const MEMORY_EVENT = { low: 0, high: 1, max: 2, oom: 3, oom_kill: 4, oom_group_kill: 5 } as const;
/** Flags of object_create. */
export const OBJECT_CLASS = { file: 0, tmpfs: 1, anon: 2, hugetlb: 3, dmabuf: 4 } as const;
/** Flags of op_fail: which error the task saw. A page fault that fails by SIGBUS kills the task. */
export const ERRNO = { ENOENT: 2, ENOMEM: 12, EAGAIN: 11, SIGBUS: 7, EFAULT: 14, EBUSY: 16, EINVAL: 22, ENOSPC: 28, ENOBUFS: 105 } as const;
/** Flags of peak_file, in bits 0-1; and its bit for memory.swap.peak. */
export const PEAK_FILE = { open: 0, reset: 1, read: 2 } as const;
export const PEAK_FILE_OF_SWAP = 4;
/** Flags of slab_alloc and slab_free: on whose account the objects are. */
export const SLAB_ACCOUNT = { container: 0, root: 1, unregistered: 2, noaccount: 3, deferred: 4 } as const;
/** Flags of borrow, a mask: the container's borrow counter changes by `a`, its `current` and that of its ancestors below the root does. */
export const BORROW = { counter: 1, current: 2 } as const;
/** Flags of vmpressure. */
export const VMPRESSURE = { low: 0, medium: 1, critical: 2 } as const;
/** Flags of sleep. `carry`: nothing happened for 4 s of simulated time; the row only carries the clock on (dt_ns is 32 bits wide). */
export const SLEEP = { asked: 0, throttled: 1, carry: 2, dirty: 3 } as const;
/** Flags of step_skip. */
export const SKIP = {
  task_dead: 1,
  no_container: 2,
  no_area: 3,
  not_modelled: 4,
  container_busy: 5,
  task_exists: 6,
  container_exists: 7,
  held_back: 8,
  nothing_pinned: 9,
} as const;
/** Flags of cost: which running cost of the model grew by `a` during the step (storage: to `a` in all). */
export const COST = {
  counter_updates: 0,
  rmap_steps: 1,
  list_steps: 2,
  pages_migrated: 3,
  page_storage_bytes: 4,
  container_storage_bytes: 5,
  share_updates: 6,
  hash_lookups: 7,
} as const;

const of = (name: KindName, meaning: string, columns: EventKindSpec['columns'] = {}): EventKindSpec => ({ code: KIND[name], name, meaning, columns });

export const EVENT_KINDS: readonly EventKindSpec[] = [
  of('step_begin', 'A step of the scenario begins.', { a: 'step index', b: 'line of the scenario' }),
  of('step_skip', 'The step was skipped under this model.', { task: 'its task', container: 'its container', flags: 'reason (SKIP)' }),
  of('object_create', 'An object with pages comes into being: a file, a tmpfs file, or an anonymous area.', {
    task: 'owner of an anonymous area',
    page: 'its first page',
    a: 'pages',
    b: 'name (RunNames.objects)',
    flags: 'class (OBJECT_CLASS)',
  }),
  of('container_create', 'A container is created.', {
    container: 'the new container',
    a: 'path (RunNames.containers)',
    b: 'parent container, −1 for the root',
    flags: '1 without the memory controller: its tasks are charged to the nearest container above that has it',
  }),
  of('container_create_failed', 'The model could not create the container.', { a: 'path (RunNames.containers)', b: 'errno' }),
  of('container_remove', 'A container is removed; what it held has been dealt with by the removal policy.', {
    container: 'the container',
    a: 'pages still charged to it',
  }),
  of('limit_set', 'A limit or protection of a container is set.', { container: 'the container', a: 'pages, −1 for max', flags: 'which (LIMIT)' }),
  of('task_start', 'A task starts or is forked.', { task: 'the task', container: 'its container', a: 'parent task, −1 if started' }),
  of('task_move', 'A task moves to another container.', { task: 'the task', container: 'new container', a: 'old container' }),
  of('task_exit', 'A task ends.', { task: 'the task', container: 'its container', flags: '1 if it was killed' }),
  of('page_add', 'A page becomes resident and is put on an LRU list.', {
    task: 'task that brought it in',
    container: 'container whose LRU list holds it',
    page: 'the page',
    a: 'units charged to that container with it',
    b: 'refault distance where the refault flag is set: evictions and activations since, or generations',
    flags: 'LRU list, refault, activation, major fault, swap-in, from zswap (ADD)',
  }),
  of('page_free', 'A resident page is freed.', {
    container: 'container whose LRU list held it',
    page: 'the page',
    a: 'units uncharged from that container with it',
    flags: 'why (FREE)',
  }),
  of('page_evict', 'Reclaim takes a page.', {
    container: 'container whose LRU list held it',
    page: 'the page',
    a: 'units uncharged from that container with it',
    b: 'container charged for the swap slot where swapout is set',
    flags: 'swapout, writeback, into zswap (EVICT)',
  }),
  of('charge', 'A container is charged for a page.', { container: 'the container', page: 'the page', a: 'units' }),
  of('uncharge', 'A container is uncharged for a page.', { container: 'the container', page: 'the page', a: 'units' }),
  of('recharge', 'A charge moves from one container to another, and the page with it to the other’s LRU list.', {
    container: 'new container',
    page: 'the page',
    a: 'units',
    b: 'old container',
  }),
  of('activate', 'A page moves from the inactive to the active list.', {
    container: 'container whose list it is',
    page: 'the page',
    a: 'its generation, where reclaim goes by generations',
    flags: '1: because of its generation, not counted in pgactivate (BY_GENERATION)',
  }),
  of('deactivate', 'A page moves from the active to the inactive list.', {
    container: 'container whose list it is',
    page: 'the page',
    a: 'its generation, where reclaim goes by generations',
    flags: '1: because of its generation, not counted in pgdeactivate (BY_GENERATION)',
  }),
  of('map', 'A task maps a page.', { task: 'the task', container: 'the task’s container', page: 'the page', flags: 'fault (FAULT)' }),
  of('unmap', 'A task’s mapping of a page goes away.', { task: 'the task', container: 'the task’s container', page: 'the page' }),
  of('fault', 'A page fault that changed no mapping.', { task: 'the task', container: 'the task’s container', page: 'the page', flags: 'fault (FAULT)' }),
  of('swap_free', 'A swap slot is given back.', { container: 'container charged for the slot', page: 'the page' }),
  of('reclaim_begin', 'A reclaim pass begins.', {
    task: 'task that reclaims',
    container: 'target: the root of the subtree reclaimed from',
    a: 'pages wanted',
    flags: 'reason (RECLAIM_REASON)',
  }),
  of('reclaim_end', 'The reclaim pass ends.', { container: 'target', a: 'pages reclaimed' }),
  of('shrink_inactive', 'A batch of an inactive list was scanned.', {
    task: 'task that reclaims',
    container: 'container whose list it is',
    a: 'pages scanned',
    b: 'pages reclaimed',
    flags: 'LRU list in bits 0-1, priority in bits 2-5',
  }),
  of('shrink_active', 'A batch of an active list was scanned.', {
    task: 'task that reclaims',
    container: 'container whose list it is',
    a: 'pages taken',
    b: 'pages deactivated',
    flags: 'LRU list in bits 0-1, priority in bits 2-5',
  }),
  of('lru_isolate', 'Pages were taken off a list to be looked at.', { a: 'pages scanned', b: 'pages taken', flags: 'LRU list in bits 0-1' }),
  of('shrink_slab_start', 'A shrinker is asked.', {
    task: 'task that reclaims',
    container: 'container whose unused objects it may free',
    a: 'objects to scan',
    b: 'freeable objects',
    flags: 'priority in bits 2-5',
  }),
  of('shrink_slab_end', 'The shrinker answered.', { task: 'task that reclaims', container: 'the container', a: 'objects scanned', b: 'objects freed' }),
  of('memory_event', 'A counter of memory.events rises.', { task: 'task that met it', container: 'container it is counted in', flags: 'which (MEMORY_EVENT)' }),
  of('oom_kill', 'The out-of-memory killer kills a task.', { task: 'victim', container: 'container whose limit was hit', a: 'badness' }),
  of('op_fail', 'An operation of a task failed.', { task: 'the task', container: 'its container', page: 'page it failed at', flags: 'errno' }),
  of('sleep', 'Simulated time passes in a sleep.', {
    task: 'task that sleeps',
    container: 'container that throttles',
    a: 'microseconds',
    flags: 'asked for, throttled by memory.high, or because too much is dirty (SLEEP)',
  }),
  of('sample', 'A named sample is taken.', { a: 'name (RunNames.samples)' }),
  of('expect', 'An expectation of the scenario is checked.', { container: 'the container', a: '1 held, 0 failed', b: 'index in RunSummary.expectations' }),
  of('cost', 'What the model itself cost during the step.', { a: 'amount', flags: 'which (COST)' }),
  of('zone_assign', 'A software zone changes hands.', { container: 'new owner (NO_CONTAINER: free)', a: 'zone', b: 'old owner (−1: free)' }),
  of('trace_other', 'A trace event of a kind the lab keeps without interpreting.', { page: 'line of the trace' }),
  of('run_end', 'The run is complete.', {}),
  of('account', 'A counter of a container changes.', {
    task: 'task on whose behalf',
    container: 'the container',
    a: 'change, in the counter’s raw unit',
    b: '1: memory.current changes with it, by as many pages',
    flags: 'index of the counter',
  }),
  of('counter_read', 'A counter of a container as it was read from a kernel’s file.', {
    container: 'the container',
    a: 'low 32 bits of the value, in the counter’s raw unit',
    b: 'high 32 bits',
    flags: 'index of the counter',
  }),
  of('slab_cache_create', 'A container gets a copy of its own of a slab cache.', {
    task: 'task whose allocation asked for it',
    container: 'the container',
    a: 'cache (RunNames.objects)',
    flags: '1 if a work queue made it, after an allocation that could not sleep',
  }),
  of('slab_alloc', 'Objects of a slab cache are allocated.', {
    task: 'the task',
    container: 'container on whose account they are; that of the task where they are on nobody’s',
    a: 'objects',
    b: 'cache (RunNames.objects)',
    flags: 'on whose account (SLAB_ACCOUNT)',
  }),
  of('slab_free', 'Objects of a slab cache are freed.', {
    task: 'the task; none if a shrinker freed them',
    container: 'container on whose account they were; none: on nobody’s',
    a: 'objects',
    b: 'cache (RunNames.objects)',
    flags: 'on whose account (SLAB_ACCOUNT)',
  }),
  of('tcp_send', 'A socket takes bytes from its sender.', {
    task: 'the task',
    container: 'container of the socket',
    a: 'bytes',
    b: 'socket (RunNames.objects)',
  }),
  of('tcp_receive', 'A task reads bytes from a socket.', {
    task: 'the task',
    container: 'container of the socket',
    a: 'bytes',
    b: 'socket (RunNames.objects)',
  }),
  of('tcp_drop', 'Bytes that arrived at a socket are dropped for want of memory.', {
    task: 'the sender',
    container: 'container of the socket',
    a: 'bytes',
    b: 'socket (RunNames.objects)',
  }),
  of('tcp_window', 'The window of a socket changes.', { container: 'container of the socket', a: 'bytes', b: 'socket (RunNames.objects)' }),
  of('vmpressure', 'A window of reclaim closes: how hard it was to free memory.', {
    container: 'container in which the pressure arose',
    a: 'pages scanned',
    b: 'pages reclaimed',
    flags: 'level (VMPRESSURE)',
  }),
  of('socket_pressure', 'Sockets of a container are told to stop growing their windows, or may grow them again.', {
    container: 'the container',
    flags: '1 pressure begins, 0 it ends',
  }),
  of('pin', 'Pages are pinned or locked, or accounted as pinned.', {
    task: 'the task',
    container: 'container charged',
    page: 'first page',
    a: 'pages',
    b: 'pages newly charged',
    flags: '1 locked (mlock), 0 pinned, 2 accounted for a zero-copy send',
  }),
  of('unpin', 'Pins or locks are released, or a zero-copy send has been acknowledged.', {
    task: 'the task; none if a driver released them',
    container: 'container uncharged',
    page: 'first page',
    a: 'pages',
    b: 'pages uncharged',
    flags: '1 locked (mlock), 0 pinned, 2 accounted for a zero-copy send',
  }),
  of('pin_refused', 'A pin, lock or zero-copy send is refused at a limit; nothing of it is charged.', {
    task: 'the task',
    container: 'container whose limit was hit',
    a: 'pages asked for',
    b: 'limit in pages',
    flags: 'errno',
  }),
  of('unevictable', 'A page goes to the unevictable list, or back to the list of its kind.', {
    container: 'container whose list it is',
    page: 'the page',
    flags: '1 to the unevictable list, 0 back',
  }),
  of('borrow', 'What a container owes to a shared-memory container changes; the root, whose `current` has that one’s charge already, is not told.', {
    container: 'the container that borrows',
    page: 'the page; none where many change at once',
    a: 'pages more (less if negative)',
    b: 'the shared-memory container',
    flags: 'a mask: 1 the borrow counter changes, 2 `current` does, in the container and its ancestors below the root (BORROW)',
  }),
  of('container_release', 'Nothing is charged to a removed container any more: it is gone for good.', { container: 'the container' }),
  of('oom_notice', 'User space is told that a container is out of memory, before the killer is asked.', {
    task: 'task that met it',
    container: 'the container',
    a: 'zones that user space moved to it',
  }),
  of('inherit', 'A container takes over what a descendant that is about to go is charged for; as part of its subtree it has been charged for it all along.', {
    container: 'the container that takes over',
    a: 'amount, in the counter’s raw unit',
    b: 'the container that goes',
    flags: 'index of the counter',
  }),
  of('generation_begin', 'The aging begins a new youngest generation: what was the second youngest counts as inactive from now on.', {
    task: 'task that reclaims',
    container: 'container whose lists they are',
    a: 'its number (max_seq)',
    b: 'pages that the walk of page tables found used and made young',
  }),
  of('generation_sort', 'Pages of the oldest generation are spared, for their tier comes back too often, and go to the next generation.', {
    task: 'task that reclaims',
    container: 'container whose lists they are',
    a: 'pages',
    b: 'that generation',
    flags: 'LRU list in bits 0-1',
  }),
  of('generation', 'A page moves to another generation of the same LRU list.', {
    container: 'container whose list it is',
    page: 'the page',
    a: 'the generation',
  }),
  of('peak_file', 'An open file of memory.peak or memory.swap.peak is opened, reset, or read.', {
    container: 'the container',
    a: 'pages: the charge where it is opened or reset, the peak where it is read',
    b: 'the file, counted from 0 as the scenario names them',
    flags: 'what (PEAK_FILE) in bits 0-1; bit 2: of swap',
  }),
  of('zswap_writeback', 'A page that lay compressed in memory is written to its slot of swap; what it took in zswap is free.', {
    container: 'container charged for it in zswap (NO_CONTAINER: nobody)',
    page: 'the page',
    a: 'bytes that it took',
  }),
];

/** Spec by code; undefined for a code of a newer version. */
export const EVENT_KIND_BY_CODE: readonly (EventKindSpec | undefined)[] = (() => {
  const table: (EventKindSpec | undefined)[] = [];
  for (const spec of EVENT_KINDS) table[spec.code] = spec;
  return table;
})();

/** Events in one sealed block. */
export const BLOCK_EVENT_COUNT = 65_536;

/** The raw columns of one block while it is filled; `count` rows are valid. */
export interface EventColumns {
  readonly kind: Uint8Array;
  readonly flags: Uint8Array;
  readonly task: Uint16Array;
  readonly container: Uint16Array;
  readonly page: Uint32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly dt_ns: Uint32Array;
}

/** Fresh columns of `capacity` rows. */
export function createColumns(capacity: number = BLOCK_EVENT_COUNT): EventColumns {
  return {
    kind: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    task: new Uint16Array(capacity),
    container: new Uint16Array(capacity),
    page: new Uint32Array(capacity),
    a: new Int32Array(capacity),
    b: new Int32Array(capacity),
    dt_ns: new Uint32Array(capacity),
  };
}

/** One event as plain data, for tables and exports. */
export interface EventRow {
  readonly index: number;
  readonly kind: number;
  readonly flags: number;
  readonly task: number;
  readonly container: number;
  readonly page: number;
  readonly a: number;
  readonly b: number;
  readonly dt_ns: number;
}

/** One row of a block's columns as plain data; `index` is its event's in the run. */
export function eventRow({ kind, flags, task, container, page, a, b, dt_ns }: EventColumns, row: number, index: number): EventRow {
  return { index, kind: kind[row], flags: flags[row], task: task[row], container: container[row], page: page[row], a: a[row], b: b[row], dt_ns: dt_ns[row] };
}
