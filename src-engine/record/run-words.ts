import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import type { ExpectationResult, RunMeta, RunNames, StateView } from './run.ts';

/** A page as people name it. `page_index` counts from 0 within the object. */
export interface NamedPage {
  readonly object: string;
  readonly page_index: number;
}

/** What turns the numbers of a run's events into names. */
export interface RunWords {
  readonly meta: RunMeta;
  readonly names: RunNames;
  /** What the scenario expected, in the order in which it was checked. */
  readonly expectations: readonly ExpectationResult[];
  /** Path of a container; empty for none. */
  container(id: number): string;
  /** Name of a task; empty for none. */
  task(id: number): string;
  /** Object and index of a page; undefined for none, and in traces, whose `page` is a line of the text. */
  page(page: number): NamedPage | undefined;
}

/** Words of a run. `last` is the state at its end, where every container, task and object has been announced. */
export function createRunWords(
  meta: RunMeta,
  names: RunNames,
  last: Pick<StateView, 'containers' | 'objects' | 'tasks'>,
  expectations: readonly ExpectationResult[] = [],
): RunWords {
  const paths = new Map(last.containers.map((container) => [container.id, container.path]));
  const tasks = new Map(last.tasks.map((task) => [task.id, task.name]));
  // Objects are announced in order and their pages follow one another.
  const objects = [...last.objects].sort((a, b) => a.id - b.id);
  const bases: number[] = [];
  let page_count = 0;
  for (const object of objects) {
    bases.push(page_count);
    page_count += object.page_count;
  }
  return {
    meta,
    names,
    expectations,
    container: (id) => (id === NO_CONTAINER || id < 0 ? '' : (paths.get(id) ?? `container ${id}`)),
    task: (id) => (id === NO_TASK || id < 0 ? '' : (tasks.get(id) ?? names.tasks[id] ?? `task ${id}`)),
    page(page) {
      if (meta.source === 'trace' || page === NO_PAGE || page >= page_count) return undefined;
      let low = 0;
      let high = bases.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (bases[middle] <= page) low = middle;
        else high = middle - 1;
      }
      return { object: objects[low].name, page_index: page - bases[low] };
    },
  };
}
