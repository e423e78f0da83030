import { type AXES, AXIS_NAMES, type Axis, type AxisChoices, type Parameters } from '../scenario/axes.ts';

/**
 * What on a real kernel a policy can be held beside, in the words of `memledger kernel run` (src-main/kernel/README.md), or that there is none, and why. Said of policies and
 * not of models, since a model is no more than its choices.
 */
export const COUNTERPARTS: { readonly [A in Axis]: Readonly<Record<(typeof AXES)[A][number], string>> } = {
  pages: {
    none: 'none: a kernel that is booted with `cgroup_disable=memory` charges nobody, and there is no counter to read.',
    'software-zones': 'account `zones`: a NUMA node for each container, as large as its `max`, with a cpuset that keeps its tasks there.',
    static: 'account `memcg`: what the kernel’s own memory controller charges.',
    partial: 'account `pss`: PSS of the container’s tasks. The kernel shares equally, by tasks and not by containers, and only what is mapped.',
    rss: 'account `rss`: distinct frames that the container’s tasks map.',
    smemcg: 'none: it was proposed and is in no kernel.',
  },
  kernel: {
    none: 'none: 6.1 and 6.12 charge kernel memory unless they are booted with `cgroup.memory=nokmem`, which the lab does not do.',
    'opt-in': 'none: it was posted for review and is in no kernel.',
    'opt-out': 'none: kernels until 5.8 gave each container caches of its own; those that the lab was tried on are newer.',
    objcg: 'account `memcg` on 5.9 or later, for slab caches of directory entries.',
  },
  sockets: {
    none: 'none: cgroup v2 charges socket buffers unless the kernel is booted with `cgroup.memory=nosocket`, which the lab does not do.',
    separate: 'account `memcg` with `--cgroup v1`: memory.kmem.tcp.*; 6.1 has it, Debian’s 6.12 is built without v1.',
    unified: 'account `memcg` with cgroup v2: TCP and UDP over the guest’s loopback.',
  },
  pins: {
    none: 'none: RLIMIT_MEMLOCK is always there; a task with CAP_IPC_LOCK (`privileged`) is not held by it.',
    'rlimit-process': 'RLIMIT_MEMLOCK with mlock().',
    'rlimit-user': 'RLIMIT_MEMLOCK with buffers that are registered with io_uring.',
    'cgroup-sum': 'none: it was posted in February 2023 and is in no kernel.',
    'cgroup-set': 'none: no kernel counts pins by page.',
    smemcg: 'none: it was proposed and is in no kernel.',
  },
  removal: {
    free: 'none: cgroup v1 has memory.force_empty for it, which the lab does not write to.',
    zombie: 'account `memcg` with cgroup v2: what a removed container leaves stays with it, seen in its parent and in nr_dying_descendants.',
    reparent: 'none: kernels until 4.0 did it; 6.1 and 6.12 keep a dying container instead, and the parent shows the same usage.',
    recharge: 'none: it was posted for review in July 2023 and is in no kernel.',
  },
};

/** What a parameter that is not at its default changes about that. */
const BY_PARAMETER: readonly { readonly axis: Axis; readonly parameter: keyof Parameters; readonly value: string; readonly text: string }[] = [
  {
    axis: 'pages',
    parameter: 'owner',
    value: 'guarantee',
    text: 'no kernel gives pages to the class with the largest guarantee: the first toucher keeps them there.',
  },
  { axis: 'pages', parameter: 'counting', value: 'first', text: 'it counts a page in every container that maps it, not only in the first.' },
  { axis: 'pages', parameter: 'counting', value: 'process', text: 'it counts a page once a container, not once a process.' },
  {
    axis: 'pages',
    parameter: 'reclaim',
    value: 'generations',
    text: 'it must be a kernel with the multi-generational LRU in use: Debian’s 6.12 has it so, its 6.1 has not.',
  },
  { axis: 'kernel', parameter: 'kmem', value: 'independent', text: 'kernel memory is part of `current` on cgroup v2.' },
];

/** What a model can be held beside on a real kernel, an entry for each axis. */
export function counterpartsOf(axes: AxisChoices, parameters: Partial<Parameters> = {}): readonly string[] {
  return AXIS_NAMES.map((axis) => {
    const policy = axes[axis];
    // Every axis has an entry for each of its policies; the pair of axis and policy is lost in the union.
    const text = (COUNTERPARTS[axis] as Readonly<Record<string, string>>)[policy] ?? '';
    const changes = text.startsWith('none')
      ? []
      : BY_PARAMETER.filter((change) => change.axis === axis && parameters[change.parameter] === change.value).map((change) => ` But: ${change.text}`);
    return `${axis}, \`${policy}\`: ${text}${changes.join('')}`;
  });
}
