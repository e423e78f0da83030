import type { Op, Program } from '../../scenario/program.ts';

interface AreaFacts {
  /** Names the pages that the area shows: an object, or the allocation that they come from. */
  readonly pages_of: string;
  readonly page_count: number;
  /** Shown to more than one task since a fork: a store would make a copy. */
  forked: boolean;
}

/**
 * Pages by container path that a fair share-out would charge at a sample: each page in equal parts to the containers whose tasks used it (read, wrote or faulted it
 * in; at fork the child uses what its parent had allocated). Worked out from the scenario alone; no model has a part in it.
 *
 * It holds while nothing is evicted or freed, and for the steps that use pages one by one: any other step, and a store that would copy a page, is a bug of the battery.
 */
export function trueShares(program: Program, sample: string): ReadonlyMap<string, number> {
  const users = new Map<string, Set<string>>();
  const container_of = new Map<number, string>();
  const areas = new Map<string, AreaFacts>();
  const areaKey = (task: number, area: number): string => `${task}/${area}`;
  const areaOf = (task: number, area: number): AreaFacts => {
    const found = areas.get(areaKey(task, area));
    if (found === undefined) throw new Error(`task ${task} has no area ${area}`);
    return found;
  };
  const use = (task: number, pages_of: string, first_page: number, page_count: number): void => {
    const container = container_of.get(task);
    if (container === undefined) throw new Error(`task ${task} has not started`);
    for (let page = first_page; page < first_page + page_count; page++) {
      const key = `${pages_of}:${page}`;
      const before = users.get(key);
      if (before === undefined) users.set(key, new Set([container]));
      else before.add(container);
    }
  };
  const access = (op: Extract<Op, { readonly verb: 'read' | 'write' | 'peek' | 'touch' }>): void => {
    const { task, target, first_page, page_count } = op;
    if (target.kind === 'object') {
      const spec = program.objects[target.object];
      const all_pages = 'page_count' in spec ? spec.page_count : 0;
      use(task, spec.name, first_page, page_count === -1 ? all_pages - first_page : page_count);
      return;
    }
    const area = areaOf(task, target.area);
    if (area.forked && (op.verb === 'write' || op.verb === 'touch')) throw new Error('a store after fork copies a page');
    use(task, area.pages_of, first_page, page_count === -1 ? area.page_count - first_page : page_count);
  };
  const perform = (op: Op): void => {
    switch (op.verb) {
      case 'start':
        container_of.set(op.task, program.containerPaths[op.path]);
        break;
      case 'read':
      case 'write':
      case 'peek':
      case 'touch':
        access(op);
        break;
      case 'alloc':
        areas.set(areaKey(op.task, op.area), { pages_of: `anonymous ${op.task}/${op.area}`, page_count: op.page_count, forked: false });
        break;
      case 'map': {
        const spec = program.objects[op.object];
        areas.set(areaKey(op.task, op.area), { pages_of: spec.name, page_count: 'page_count' in spec ? spec.page_count : 0, forked: false });
        break;
      }
      case 'fork':
        container_of.set(op.child, op.path === undefined ? (container_of.get(op.parent) ?? '.') : program.containerPaths[op.path]);
        for (const [key, area] of [...areas]) {
          const [task, area_id] = key.split('/').map(Number);
          if (task !== op.parent) continue;
          areas.set(areaKey(op.child, area_id), area);
          if (!area.pages_of.startsWith('anonymous ')) continue;
          area.forked = true;
          for (let page = 0; page < area.page_count; page++) if (users.has(`${area.pages_of}:${page}`)) use(op.child, area.pages_of, page, 1);
        }
        break;
      case 'sample':
        break;
      default:
        throw new Error(`true shares are not worked out through ${op.verb}`);
    }
  };

  for (const op of program.initialTasks) perform(op);
  for (const step of program.steps) {
    if (step.kind !== 'op') throw new Error(`true shares are not worked out through ${step.kind}`);
    perform(step.op);
    if (step.op.verb === 'sample' && program.sampleNames[step.op.name] === sample) break;
  }
  const shares = new Map<string, number>();
  for (const containers of users.values()) for (const container of containers) shares.set(container, (shares.get(container) ?? 0) + 1 / containers.size);
  return shares;
}
