import type { LimitsSpec, Op, Program, Step } from './program.ts';

/**
 * For each object of a program: whether tasks of more than one container use it somewhere in the scenario. Software zones need to know that when they place the first page.
 * A task counts for every container that it is ever started in, forked into or moved to before or after the use.
 */
export function objectsUsedAcrossContainers(program: Program): readonly boolean[] {
  const ops = [...program.initialTasks, ...flatten(program.steps)];
  const paths_of_task = program.taskNames.map(() => new Set<number>());
  // Forked tasks inherit their parents' containers; a second round settles forks of forks declared out of order.
  for (let round = 0; round < 2; round++) {
    for (const op of ops) {
      if (op.verb === 'start' || op.verb === 'move') paths_of_task[op.task].add(op.path);
      else if (op.verb === 'fork') for (const path of op.path === undefined ? paths_of_task[op.parent] : [op.path]) paths_of_task[op.child].add(path);
    }
  }
  const users = program.objects.map(() => new Set<number>());
  for (const op of ops) {
    const use = useOf(op);
    if (use !== null) for (const path of paths_of_task[use.task]) users[use.object].add(path);
  }
  return inheritMappings(ops, users, paths_of_task).map((paths) => paths.size > 1);
}

/** Children inherit their parents' mappings: who forks with an object mapped shares it with the child's containers. */
function inheritMappings(ops: readonly Op[], users: readonly Set<number>[], paths_of_task: readonly Set<number>[]): readonly Set<number>[] {
  const mapped = new Map<number, Set<number>>();
  for (const op of ops) {
    if (op.verb === 'map') mapped.set(op.task, (mapped.get(op.task) ?? new Set()).add(op.object));
    if (op.verb !== 'fork') continue;
    const inherited = mapped.get(op.parent);
    if (inherited === undefined) continue;
    mapped.set(op.child, new Set([...(mapped.get(op.child) ?? []), ...inherited]));
    for (const object of inherited) for (const path of paths_of_task[op.child]) users[object].add(path);
  }
  return users;
}

/** Before the object's name: the name of its shared-memory container. */
export const LENDER_PREFIX = 'smemcg:';

/** Objects whose shared-memory container some container attaches somewhere in the scenario. */
export function objectsAttached(program: Program): ReadonlySet<number> {
  const limits = [
    ...program.initialContainers,
    ...flatten(program.steps).map((op): LimitsSpec => (op.verb === 'set' ? op.limits : op.verb === 'create' ? op.container : {})),
  ];
  return new Set(limits.flatMap(({ smemcg = [] }) => smemcg.map(({ object }) => object)));
}

function useOf(op: Op): { readonly task: number; readonly object: number } | null {
  if (op.verb === 'map') return { task: op.task, object: op.object };
  if ((op.verb === 'read' || op.verb === 'write' || op.verb === 'workload' || op.verb === 'pin') && op.target.kind === 'object')
    return { task: op.task, object: op.target.object };
  return null;
}

function flatten(steps: readonly Step[]): Op[] {
  return steps.flatMap((step): readonly Op[] => (step.kind === 'op' ? [step.op] : step.kind === 'together' ? step.parts : flatten(step.steps)));
}
