import { NO_CONTAINER } from '../base/ids.ts';
import { OPEN_LIMITS, setCounter } from './accounts.ts';
import { LIFE, SCALAR, type StateTables } from './state-tables.ts';

/** An object comes into being with its pages, behind those of the object before. One that would overlap them is left out. */
export function createObject(state: StateTables, base: number, page_count: number, objectClass: number, name: number, owner: number): void {
  const object = state.scalars[SCALAR.object_count];
  const previousEnd = object === 0 ? 0 : state.object_base[object - 1] + state.object_pages[object - 1];
  if (page_count <= 0 || base < previousEnd) return;
  state.reserve({ objects: object + 1, pages: base + page_count });
  state.store('scalars', SCALAR.object_count, object + 1);
  state.store('scalars', SCALAR.page_count, base + page_count);
  state.store('object_base', object, base);
  state.store('object_pages', object, page_count);
  state.store('object_class', object, objectClass);
  state.store('object_name', object, name);
  state.store('object_owner', object, owner);
}

/** A container comes into being, its limits open. One that is there already stays as it is. */
export function createContainer(state: StateTables, container: number, name: number, parent: number): void {
  const exists = (id: number): boolean => id >= 0 && id < state.scalars[SCALAR.container_count] && state.container_life[id] !== LIFE.never;
  if (container === NO_CONTAINER || exists(container)) return;
  state.reserve({ containers: container + 1 });
  state.store('scalars', SCALAR.container_count, Math.max(state.scalars[SCALAR.container_count], container + 1));
  // A parent stands before its children, so that no chain of parents can close to a ring.
  state.store('container_parent', container, parent < container && exists(parent) ? parent : -1);
  state.store('container_life', container, LIFE.alive);
  state.store('container_name', container, name);
  for (const limit of OPEN_LIMITS) setCounter(state, container, limit, -1);
}
