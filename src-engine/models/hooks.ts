import type { AxisChoices, ModelChoices } from '../scenario/axes.ts';

/** Points of the kernel at which a policy may have to be called: what happens there, and in which function of Linux 6.12. */
export const HOOK_POINTS = {
  mkdir: 'a container is created (css_alloc)',
  rmdir: 'a container is removed (css_offline)',
  'limit write': 'a limit is written (memory.max, memory.high)',
  'page allocator': 'a frame is taken from a place that depends on who asks (get_page_from_freelist)',
  'page free list': 'a frame is given back to a place of its own (free_unref_page)',
  'page charge': 'a page becomes resident (filemap_add_folio, do_anonymous_page, shmem_add_to_page_cache)',
  'page uncharge': 'a page is freed or reclaimed (__folio_put, remove_mapping)',
  'before map': 'a page is about to be mapped (handle_mm_fault)',
  map: 'a page is mapped: fault, fork, copy-on-write, mremap (folio_add_anon_rmap_ptes, folio_add_file_rmap_ptes)',
  unmap: 'a mapping goes: munmap, exec, exit, reclaim (folio_remove_rmap_ptes)',
  'back to user': 'a task goes back to user space (resume_user_mode_work)',
  reclaim: 'memory of one container is reclaimed (shrink_node_memcgs)',
  'slab allocation': 'a slab object is allocated (slab_post_alloc_hook)',
  'slab free': 'a slab object is freed (memcg_slab_free_hook)',
  'slab page': 'a slab page is allocated or freed (allocate_slab, free_slab)',
  'cache lookup': 'a container’s copy of a slab cache is looked for (kmem_cache_alloc)',
  shrinkers: 'kernel caches are shrunk for one container (shrink_slab)',
  'kernel page': 'a page of the kernel’s own is allocated for a task: stack, page table (alloc_thread_stack_node, pte_alloc_one)',
  'socket create': 'a socket is created or cloned (mem_cgroup_sk_alloc)',
  'socket buffer': 'socket memory is scheduled or given back (__sk_mem_raise_allocated, __sk_mem_reduce_allocated)',
  'window growth': 'a socket asks whether it may grow its window (tcp_under_memory_pressure)',
  pin: 'pages are pinned or locked (account_locked_vm, pin_user_pages)',
  unpin: 'a pin or lock is released (account_locked_vm, unpin_user_pages)',
  'task move': 'a task moves to another container (can_attach)',
  'object attach': 'a shared object is attached to a container, or used by it (mount, mmap)',
} as const;
export type HookPoint = keyof typeof HOOK_POINTS;

const GATE = ['limit write', 'page charge', 'page uncharge', 'back to user', 'reclaim'] as const;

/**
 * What each policy must hook. Where a method of the policy stands for a point, it is hooked if the method does anything (hooks.test.ts holds the table against the
 * classes); the rest is what the policy's source patches.
 */
export const HOOKS: { readonly [A in keyof AxisChoices]: Readonly<Record<AxisChoices[A], readonly HookPoint[]>> } = {
  pages: {
    none: [],
    'software-zones': ['mkdir', 'rmdir', 'limit write', 'page allocator', 'page free list', 'reclaim'],
    static: GATE,
    partial: [...GATE, 'before map', 'map', 'unmap'],
    rss: ['limit write', 'back to user', 'reclaim', 'before map', 'map', 'unmap'],
    smemcg: [...GATE, 'before map', 'map', 'unmap', 'object attach'],
  },
  kernel: {
    none: [],
    'opt-in': ['mkdir', 'limit write', 'cache lookup', 'slab page', 'shrinkers', 'rmdir'],
    'opt-out': ['limit write', 'cache lookup', 'slab page', 'slab free', 'rmdir'],
    objcg: ['mkdir', 'slab allocation', 'slab free', 'kernel page', 'shrinkers', 'rmdir'],
  },
  sockets: {
    none: [],
    separate: ['mkdir', 'socket create', 'socket buffer', 'window growth'],
    unified: ['mkdir', 'socket create', 'socket buffer', 'window growth', 'reclaim'],
  },
  pins: {
    none: [],
    'rlimit-process': ['pin', 'unpin'],
    'rlimit-user': ['pin', 'unpin'],
    'cgroup-sum': ['pin', 'unpin', 'task move'],
    'cgroup-set': ['pin', 'unpin', 'task move'],
    smemcg: ['pin', 'unpin', 'task move', 'object attach'],
  },
  removal: {
    free: [],
    zombie: [],
    reparent: ['rmdir'],
    recharge: ['rmdir', 'task move'],
  },
};

/** CKRM's way of static ownership: a page is judged anew whenever somebody maps it; limits are shares, watched when pages are charged. */
export const CKRM_HOOKS: readonly HookPoint[] = ['page charge', 'page uncharge', 'map', 'rmdir', 'reclaim', 'task move'];

/** What limits of version 1 hook besides: charges that move with a task. */
const V1_HOOKS: readonly HookPoint[] = ['task move'];

/** Every point that a model hooks, once, in the order of HOOK_POINTS. */
export function hooksOf({ axes, parameters }: ModelChoices): readonly HookPoint[] {
  const hooked = new Set<HookPoint>([
    ...(axes.pages === 'static' && parameters.owner === 'guarantee' ? CKRM_HOOKS : HOOKS.pages[axes.pages]),
    ...(axes.pages === 'static' && parameters.limits === 'v1' ? V1_HOOKS : []),
    ...HOOKS.kernel[axes.kernel],
    ...HOOKS.sockets[axes.sockets],
    ...HOOKS.pins[axes.pins],
    ...HOOKS.removal[axes.removal],
  ]);
  return (Object.keys(HOOK_POINTS) as HookPoint[]).filter((point) => hooked.has(point));
}
