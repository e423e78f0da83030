import { PAGE_SIZE_BYTES, UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import type { LabError } from '../../src-engine/base/result.ts';
import type { LimitsSpec, ObjectSpec, Op, Program } from '../../src-engine/scenario/program.ts';
import { type KernelOptions, type PlannedStep, refusal } from './plan.ts';

/** What guest.h has room for, and what a run may cost. */
export const GUEST_LIMITS = {
  task_count: 512,
  container_count: 1024,
  object_count: 1024,
  area_count: 1024,
  pin_count: 256,
  step_count: 20_000,
  access_count: 64 * 2 ** 20,
} as const;

/** Bytes of an object on x86-64, within which a slab cache of the scenario counts as one of directory entries, or of inodes (tmpfs 700, ext4 1,200). */
const DENTRY_BYTES = { from: 128, to: 256 } as const;
const INODE_BYTES = { from: 512, to: 1536 } as const;
const isWithin = (bytes: number, { from, to }: { readonly from: number; readonly to: number }): boolean => bytes >= from && bytes <= to;

/** What the guest makes for objects of a slab cache; null where it can make nothing like them. */
export function slabKind(object_bytes: number): 'dentry' | 'inode' | null {
  if (isWithin(object_bytes, DENTRY_BYTES)) return 'dentry';
  return isWithin(object_bytes, INODE_BYTES) ? 'inode' : null;
}

/** CONFIG_NODES_SHIFT of distribution kernels gives more; QEMU starts slowly beyond. */
const NODE_COUNT_MAX = 32;
/** x86 drops nodes below 4 MiB (NODE_MIN_SIZE), and the node's own bookkeeping needs some. */
const NODE_BYTES_MIN = 8 * 2 ** 20;

const V1_HAS_NOT = 'run it on cgroup v2, or take it out';
const NO_KERNEL_HAS = 'this was proposed and never merged: no kernel can run it; take it out, or run the scenario under the model alone';

function refuseLimits(limits: LimitsSpec, line: number | undefined, { cgroup, leave_out_limits }: KernelOptions): LabError[] {
  if (leave_out_limits) return [];
  const errors: LabError[] = [];
  const v1_lacks = (['min_pages', 'low_pages', 'high_pages', 'swap_max_pages', 'oom_group'] as const).filter((key) => limits[key] !== undefined);
  if (cgroup === 1 && v1_lacks.length > 0) {
    const names = v1_lacks.map((key) => key.replace('_pages', '').replaceAll('_', '-')).join(', ');
    errors.push(refusal(line, `cgroup v1 has no ${names}`, V1_HAS_NOT));
  }
  if (cgroup === 2 && (limits.kmem_max_pages !== undefined || limits.tcp_max_pages !== undefined))
    errors.push(refusal(line, 'only cgroup v1 has limits of kernel memory and of TCP memory', 'run it with `--cgroup v1`'));
  const v2_lacks = (['memsw_max_pages', 'soft_limit_pages', 'move_charge', 'oom_kill_disable'] as const).filter((key) => limits[key] !== undefined);
  if (cgroup === 2 && v2_lacks.length > 0) {
    const names = v2_lacks.map((key) => key.replace('_pages', '').replaceAll('_', '-')).join(', ');
    errors.push(refusal(line, `only cgroup v1 has ${names}`, 'run it with `--cgroup v1`'));
  }
  if (limits.pins_max_pages !== undefined) errors.push(refusal(line, 'no kernel has a limit of pins per container', NO_KERNEL_HAS));
  if (limits.hugetlb_max_pages !== undefined || limits.hugetlb_rsvd_max_pages !== undefined)
    errors.push(refusal(line, 'the guest has no pool of huge pages', 'take the limits out'));
  if (limits.smemcg !== undefined) errors.push(refusal(line, 'no kernel has shared-memory containers', NO_KERNEL_HAS));
  return errors;
}

function refuseObject(object: ObjectSpec): LabError[] {
  switch (object.kind) {
    case 'file':
    case 'tmpfs':
      return object.charge_to === undefined && object.max_pages === undefined
        ? []
        : [refusal(undefined, `\`${object.name}\`: no kernel charges a file to a container that is named for it`, NO_KERNEL_HAS)];
    case 'slab':
      if (!object.accounted)
        return [
          refusal(
            undefined,
            `\`${object.name}\`: the guest’s tasks can only make directory entries and inodes, which are accounted`,
            'make the cache accounted',
          ),
        ];
      return slabKind(object.object_bytes) !== null
        ? []
        : [
            refusal(
              undefined,
              `\`${object.name}\`: the guest’s slab objects are directory entries of 192 bytes and inodes of about 1,200, and these have ${object.object_bytes}`,
              'give the cache objects of 128 to 256 bytes, or of 512 to 1,536; `slab: dentry` and `slab: inode` are such',
            ),
          ];
    case 'socket':
      return [];
    default:
      return [refusal(undefined, `\`${object.name}\` (${object.kind}) has no counterpart in the guest`, 'use a tmpfs file')];
  }
}

function refuseOp(op: Op, line: number, program: Program, options: KernelOptions): LabError[] {
  switch (op.verb) {
    case 'set':
      return refuseLimits(op.limits, line, options);
    case 'create':
      return refuseLimits(op.container, line, options);
    case 'reclaim':
      return options.cgroup === 1 ? [refusal(line, 'cgroup v1 has no memory.reclaim', V1_HAS_NOT)] : [];
    case 'slab':
      return op.atomic || op.noaccount
        ? [refusal(line, 'a task cannot ask for an allocation that is atomic or not accounted; only the kernel itself can', 'take the flag out')]
        : [];
    case 'pin':
      return op.target.kind === 'area' ? [] : [refusal(line, 'io_uring registers buffers of a task, no files', 'map the file and pin the area')];
    case 'alloc':
      return op.hugetlb === undefined ? [] : [refusal(line, 'the guest has no pool of huge pages', 'take `hugetlb` out')];
    case 'open-peak':
    case 'reset-peak':
    case 'read-peak':
      return [refusal(line, 'the guest keeps no file of memory.peak open', 'take the step out')];
    case 'truncate':
      return [refusal(line, 'the guest’s tasks do not truncate', 'take the step out')];
    case 'send':
      return op.zerocopy === true ? [refusal(line, 'the guest’s tasks do not send with MSG_ZEROCOPY', 'take `zerocopy` out')] : [];
    case 'workload':
      return op.accesses > GUEST_LIMITS.access_count
        ? [refusal(line, `${op.accesses} accesses are more than the ${GUEST_LIMITS.access_count} that a guest is given`, 'ask for fewer accesses')]
        : [];
    case 'start':
      return op.cpu >= program.machine.cpu_count ? [refusal(line, `the machine has no CPU ${op.cpu}`, 'raise `machine.cpus`')] : [];
    default:
      return [];
  }
}

function refuseSize(program: Program, steps: readonly PlannedStep[]): LabError[] {
  const counted: readonly (readonly [string, number, number])[] = [
    ['tasks', program.taskNames.length, GUEST_LIMITS.task_count],
    ['containers', program.containerPaths.length, GUEST_LIMITS.container_count],
    ['objects', program.objects.length, GUEST_LIMITS.object_count],
    ['areas', program.areaNames.length, GUEST_LIMITS.area_count],
    ['pins', program.pinNames.length, GUEST_LIMITS.pin_count],
    ['steps', steps.length, GUEST_LIMITS.step_count],
  ];
  return counted
    .filter(([, count, most]) => count > most)
    .map(([what, count, most]) => refusal(undefined, `the scenario has ${count} ${what}; the guest has room for ${most}`, 'make the scenario smaller'));
}

/** A container whose tasks get a NUMA node of their own, and the node's size. */
export interface Zone {
  /** Index into `containerPaths`. */
  readonly path: number;
  /** 0 where the container has no `max` to be as large as. */
  readonly bytes: number;
}

/** Containers in which tasks live at some time, in the order of their paths. */
export function zonesOf(program: Program, steps: readonly PlannedStep[]): readonly Zone[] {
  const ops = [...program.initialTasks, ...steps.flatMap((step) => step.ops)];
  const paths = new Set(
    ops.flatMap((op): readonly number[] => ((op.verb === 'start' || op.verb === 'move' || op.verb === 'fork') && op.path !== undefined ? [op.path] : [])),
  );
  return [...paths]
    .filter((path) => path !== 0)
    .sort((x, y) => x - y)
    .map((path) => ({ path, bytes: (program.initialContainers.find((container) => container.path === path)?.max_pages ?? 0) * PAGE_SIZE_BYTES }));
}

function refuseZones(program: Program, steps: readonly PlannedStep[], { accounts, cgroup }: KernelOptions): LabError[] {
  if (!accounts.includes('zones')) return [];
  const errors: LabError[] = [];
  if (accounts.length > 1) errors.push(refusal(undefined, 'zones need a machine of their own', 'ask for the other accounts in a run of their own'));
  if (cgroup === 1) errors.push(refusal(undefined, 'zones are cpusets of cgroup v2', V1_HAS_NOT));
  const zones = zonesOf(program, steps);
  if (zones.length > NODE_COUNT_MAX)
    errors.push(refusal(undefined, `${zones.length} containers hold tasks, and a kernel has up to ${NODE_COUNT_MAX} nodes`, 'make the scenario smaller'));
  for (const { path, bytes } of zones) {
    if (bytes >= NODE_BYTES_MIN && bytes < UNLIMITED_PAGES) continue;
    const name = program.containerPaths[path] ?? '';
    errors.push(
      refusal(
        undefined,
        `\`${name}\` has no zone: its tasks live on a NUMA node as large as its \`max\`, which is fixed from the start`,
        'give it a max of at least 8MiB in `containers`',
      ),
    );
  }
  for (const { ops, line } of steps)
    if (ops.some((op) => op.verb === 'set' && op.limits.max_pages !== undefined))
      errors.push(refusal(line, 'a NUMA node does not change its size', 'take the step out'));
  return errors;
}

/** Everything in a scenario that no kernel, or not the kernel asked for, can do: found before anything is booted. `memory_bytes` is what the host can spare. */
export function refusals(program: Program, steps: readonly PlannedStep[], options: KernelOptions, memory_bytes: number): readonly LabError[] {
  const { memory_pages, swap_pages, recursive_protection } = program.machine;
  const errors = [...refuseSize(program, steps), ...program.objects.flatMap(refuseObject), ...refuseZones(program, steps, options)];
  if ((memory_pages + swap_pages) * PAGE_SIZE_BYTES > memory_bytes)
    errors.push(
      refusal(undefined, `the machine has more memory and swap than this computer can give a guest (${memory_bytes} bytes)`, 'make `machine.memory` smaller'),
    );
  if (options.cgroup === 1 && recursive_protection) errors.push(refusal(undefined, 'cgroup v1 has no recursive protection', V1_HAS_NOT));
  for (const container of program.initialContainers) errors.push(...refuseLimits(container, undefined, options));
  for (const task of program.initialTasks) errors.push(...refuseOp(task, 0, program, options));
  for (const { ops, line } of steps) for (const op of ops) errors.push(...refuseOp(op, line, program, options));
  return errors;
}
