import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import { KIND } from '../record/events.ts';
import type { ContainerSpec, LimitsSpec } from '../scenario/program.ts';
import { LENDER_PREFIX, objectsAttached } from '../scenario/sharing.ts';
import { setFirstLimits } from './limit-writes.ts';
import type { World } from './world.ts';

/** A new container below `parent` (−1 for the root), with lists of its own and its limits set (without the memory controller it has no such files: ENOENT). `path_id`: index of its name for readers of the recording. */
export function addContainer(world: World, path: string, path_id: number, parent: number, limits: LimitsSpec & Pick<ContainerSpec, 'subtree_memory'>): number {
  const { tree, machine, log } = world;
  const container = tree.create(path, path_id, parent);
  machine.lru.ensure(tree.count);
  machine.workingset.ensureLruvecs(tree.count);
  world.pressure.create(container);
  if (limits.subtree_memory === false && world.model.parameters.limits !== 'v1') tree.subtree_memory[container] = 0;
  log.emit(KIND.container_create, 1 - tree.has_memory[container], NO_TASK, container, NO_PAGE, path_id, parent);
  setFirstLimits(world, container, limits);
  return container;
}

/**
 * Under a model that has them: a shared-memory container for each object that some container of the scenario attaches, below the root. It lives as long as its object,
 * which is as long as the run. No task can enter it and no step can name it; samples show it as `smemcg:OBJECT`. Adds their names to those of containers.
 */
export function createLenders(world: World, names: string[]): void {
  const { policy, program, machine } = world;
  if (policy.lend === undefined) return;
  const attached = objectsAttached(program);
  let object_id = 0;
  program.objects.forEach((spec, index) => {
    if (spec.kind === 'slab' || spec.kind === 'socket') return;
    const object = machine.objects[object_id++];
    if (!attached.has(index)) return;
    const name = `${LENDER_PREFIX}${spec.name}`;
    const container = addContainer(world, name, names.push(name) - 1, ROOT_CONTAINER, spec.max_pages === undefined ? {} : { max_pages: spec.max_pages });
    policy.lend?.(index, object, container);
    for (const module of world.all_modules) module.create?.(container);
  });
}
