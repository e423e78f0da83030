import type { LimitsSpec, Op, Program } from '../../scenario/program.ts';

/** Index of the parent's path; null for the root. */
export function parentPath(program: Program, path: number): number | null {
  const text = program.containerPaths[path] ?? '.';
  if (text === '.') return null;
  const slash = text.lastIndexOf('/');
  return slash === -1 ? 0 : program.containerPaths.indexOf(text.slice(0, slash));
}

/** Objects that tasks of more than one container read, write, map or inherit anywhere in the scenario; a task counts for every container that it is ever in. */
export function objectsUsedAcrossContainers(program: Program): ReadonlySet<number> {
  const ops = [...program.initialTasks, ...program.steps.flatMap((step) => (step.kind === 'op' ? [step.op] : []))];
  const containers_of = program.taskNames.map(() => new Set<number>());
  const enter = (task: number, paths: Iterable<number>): void => {
    for (const path of paths) containers_of[task]?.add(path);
  };
  // As often as there are tasks, for a fork hands on containers that a later step may still add to its parent.
  for (const _ of program.taskNames) {
    for (const op of ops) {
      if (op.verb === 'start' || op.verb === 'move') enter(op.task, [op.path]);
      if (op.verb === 'fork') enter(op.child, op.path === undefined ? (containers_of[op.parent] ?? []) : [op.path]);
    }
  }
  const objects_of = program.taskNames.map(() => ({ used: new Set<number>(), mapped: new Set<number>() }));
  for (const op of ops) {
    if ((op.verb === 'read' || op.verb === 'write') && op.target.kind === 'object') objects_of[op.task]?.used.add(op.target.object);
    if (op.verb === 'map') {
      objects_of[op.task]?.used.add(op.object);
      objects_of[op.task]?.mapped.add(op.object);
    }
    if (op.verb === 'fork') {
      for (const object of objects_of[op.parent]?.mapped ?? []) {
        objects_of[op.child]?.used.add(object);
        objects_of[op.child]?.mapped.add(object);
      }
    }
  }
  const users = (object: number): Set<number> => new Set(objects_of.flatMap(({ used }, task) => (used.has(object) ? [...(containers_of[task] ?? [])] : [])));
  return new Set([...program.objects.keys()].filter((object) => users(object).size > 1));
}

/** Objects that some container attaches in its limits, at the beginning or by a step, by their numbers. */
export function objectsAttached(program: Program): readonly number[] {
  const limits = [...program.initialContainers, ...program.steps.flatMap((step) => (step.kind === 'op' ? limitsIn(step.op) : []))];
  return program.objects.map((_, object) => object).filter((object) => limits.some(({ smemcg = [] }) => smemcg.some((entry) => entry.object === object)));
}

function limitsIn(op: Op): readonly LimitsSpec[] {
  if (op.verb === 'set') return [op.limits];
  return op.verb === 'create' ? [op.container] : [];
}
