import type { RuleWords } from '../record/why.ts';
import type { AxisChoices, Parameters } from '../scenario/axes.ts';
import { resolveModel } from './model.ts';

type Choices = Pick<Parameters, 'owner' | 'shares' | 'counting' | 'current' | 'maps'>;

const PAGES: Readonly<Record<AxisChoices['pages'], (parameters: Choices) => string>> = {
  none: () => 'nobody is charged for a page',
  static: ({ owner }) =>
    owner === 'guarantee'
      ? 'a page has one owner: the first to touch it, until a task moves or a class goes; then the class that maps it and has most of its guarantee left'
      : 'the first to touch a page owns it until it is freed; later users are not charged',
  partial: ({ shares }) =>
    `every container that maps a page pays a part of it (${shares === 'equal' ? 'equal parts' : 'parts in powers of two'}); tmpfs is paid whole by the creator’s container, and page cache that nobody maps by nobody`,
  rss: ({ counting }) =>
    counting === 'process'
      ? 'a container pays for each mapping that its processes have of a page'
      : counting === 'first'
        ? 'the container that maps a page first pays until the last mapping goes'
        : 'every container whose tasks map a page pays for it in full, once; what nobody maps is charged to nobody',
  'software-zones': () => 'the owner of the zone in which a page lies pays; what is shared lies in zones charged to nobody',
  smemcg: ({ current }) =>
    `the first to touch a page owns it, but a shared object that somebody attached has a container of its own that pays; who attached it ${current === 'whole' ? 'has all of that in its `current` too' : 'borrows what its tasks map'}`,
};

const REMOVAL: Readonly<Record<AxisChoices['removal'], string>> = {
  free: 'a container is emptied before it is removed; what is left goes to its parent',
  zombie: 'what a removed container is charged for stays with it until it is freed',
  reparent: 'what a removed container is charged for goes to its parent',
  recharge: 'what a removed container is charged for goes to who maps it, or to who uses it next',
};

const KERNEL: Readonly<Record<AxisChoices['kernel'], string>> = {
  none: 'kernel memory is not accounted',
  'opt-in': 'slab caches that register are split into one per container, and a container pays for the slab pages of its own',
  'opt-out': 'every slab cache is split at a container’s first allocation, unless the allocation says not to account it',
  objcg: 'kernel objects are charged one by one to the container that allocates them',
};

const SOCKETS: Readonly<Record<AxisChoices['sockets'], string>> = {
  none: 'socket buffers are not accounted',
  separate: 'socket buffers have a counter and a limit of their own',
  unified: 'socket buffers are charged to the container of the socket, in the same counter as all else',
};

const PINS: Readonly<Record<AxisChoices['pins'], string>> = {
  none: 'pins are not accounted',
  'rlimit-process': 'each process may pin as much as its limit says',
  'rlimit-user': 'each user may pin as much as the limit says',
  'cgroup-sum': 'every pin call counts against the container’s pins.max',
  'cgroup-set': 'each pinned page counts once per container against pins.max',
  smemcg: 'a pinned page of a shared object is borrowed by who pins it',
};

/** What the rules of a run's model are, in words. Null where the run was made by no model of the lab. */
export function rulesInWords(model: string): RuleWords | null {
  const resolved = resolveModel(model);
  if (!resolved.ok) return null;
  const { axes, parameters } = resolved.value;
  return {
    pages: PAGES[axes.pages](parameters),
    removal: REMOVAL[axes.removal],
    kernel: KERNEL[axes.kernel],
    sockets: SOCKETS[axes.sockets],
    pins: PINS[axes.pins],
  };
}
