import type { Machine } from '../machine.ts';
import type { Area, MemoryObject } from './objects.ts';

/** What a page takes in zswap, where the scenario says so. */
export type Compressing = Pick<Area, 'compressed_bytes'>;

/** What an area of anonymous memory says of the objects that hold its pages. */
export type AnonymousArea = Pick<Area, 'task' | 'name' | 'page_count' | 'compressed_bytes'>;

/** That part alone of an area, an object or an operation. */
export const compressingOf = ({ compressed_bytes }: Compressing): Compressing => (compressed_bytes === undefined ? {} : { compressed_bytes });

/** An object for pages of anonymous memory, named after task and area (`stem`), with a number from the second on. */
export function createAnonymous(machine: Machine, area: AnonymousArea, stem: string, kind: MemoryObject['kind'], creator: number): MemoryObject {
  const earlier_count = machine.objects.filter((object) => object.name === stem || object.name.startsWith(`${stem}.`)).length;
  return machine.createObject({
    kind,
    name: earlier_count === 0 ? stem : `${stem}.${earlier_count + 1}`,
    page_count: area.page_count,
    owner_task: area.task,
    creator,
    charge_to: undefined,
    used_across_containers: false,
    ...compressingOf(area),
  });
}
