import { type AXES, AXIS_NAMES, type Axis, type AxisChoices } from '../scenario/axes.ts';

/**
 * What on a real kernel a policy can be held beside, in the words of `memledger kernel run` (src-main/kernel/README.md); null where no kernel that can be booted has anything
 * of the kind. Said of policies and not of models, since a model is no more than its choices.
 */
export const COUNTERPARTS: { readonly [A in Axis]: Readonly<Record<(typeof AXES)[A][number], string | null>> } = {
  pages: {
    none: null,
    'software-zones': 'account `zones`: a NUMA node for each container, as large as its `max`, with a cpuset that keeps its tasks there.',
    static: 'account `memcg`: what the kernel’s own memory controller charges.',
    partial: 'account `pss`: PSS of the container’s tasks. The kernel shares equally, by tasks and not by containers, and only what is mapped.',
    rss: 'account `rss`: distinct frames that the container’s tasks map.',
    smemcg: null,
  },
  kernel: {
    none: null,
    'opt-in': null,
    'opt-out': null,
    objcg: 'account `memcg` on 5.9 or later, for slab caches of directory entries.',
  },
  sockets: {
    none: null,
    separate: 'account `memcg` with `--cgroup v1`: memory.kmem.tcp.*; 6.1 has it, Debian’s 6.12 is built without v1.',
    unified: 'account `memcg` with cgroup v2: TCP and UDP over the guest’s loopback.',
  },
  pins: {
    none: null,
    'rlimit-process': 'RLIMIT_MEMLOCK with mlock().',
    'rlimit-user': 'RLIMIT_MEMLOCK with buffers that are registered with io_uring.',
    'cgroup-sum': null,
    'cgroup-set': null,
    smemcg: null,
  },
  removal: {
    free: null,
    zombie: 'account `memcg` with cgroup v2: what a removed container leaves stays with it, seen in its parent and in nr_dying_descendants.',
    reparent: null,
    recharge: null,
  },
};

/** What a model can be held beside on a real kernel, an entry for each axis on which it does something. */
export function counterpartsOf(axes: AxisChoices): readonly string[] {
  return AXIS_NAMES.flatMap((axis) => {
    const policy = axes[axis];
    if (policy === 'none') return [];
    // Every axis has an entry for each of its policies; the pair of axis and policy is lost in the union.
    const text = (COUNTERPARTS[axis] as Readonly<Record<string, string | null>>)[policy] ?? null;
    return [`${axis}, \`${policy}\`: ${text ?? 'none; no kernel that can be booted does this.'}`];
  });
}
