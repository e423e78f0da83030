import { describe, expect, it } from 'vitest';
import { AXES, type Axis } from '../scenario/axes.ts';
import { PRESETS } from '../scenario/presets.ts';
import { CkrmPolicy } from './ckrm.ts';
import { CKRM_HOOKS, HOOK_POINTS, HOOKS, type HookPoint, hooksOf } from './hooks.ts';
import { KernelNonePolicy } from './kernel-none.ts';
import { KernelObjcgPolicy } from './kernel-objcg.ts';
import { KernelOptInPolicy } from './kernel-opt-in.ts';
import { KernelOptOutPolicy } from './kernel-opt-out.ts';
import { resolveModel } from './model.ts';
import { NonePolicy } from './none.ts';
import { PartialPolicy } from './partial.ts';
import { CgroupSetPinPolicy } from './pins-cgroup-set.ts';
import { CgroupSumPinPolicy } from './pins-cgroup-sum.ts';
import { NoPinPolicy } from './pins-none.ts';
import { ProcessRlimitPinPolicy } from './pins-rlimit-process.ts';
import { UserRlimitPinPolicy } from './pins-rlimit-user.ts';
import { SmemcgPinPolicy } from './pins-smemcg.ts';
import { RssPolicy } from './rss.ts';
import { RssFirstPolicy } from './rss-first.ts';
import { RssProcessPolicy } from './rss-process.ts';
import { SmemcgPolicy } from './smemcg.ts';
import { NoneSockets } from './sockets-none.ts';
import { SeparateSockets } from './sockets-separate.ts';
import { UnifiedSockets } from './sockets-unified.ts';
import { SoftwareZonesPolicy } from './software-zones.ts';
import { StaticPolicy } from './static.ts';

/** A class, of which only the methods are looked at. */
interface PolicyClass {
  readonly name: string;
  readonly prototype: object;
}
type Methods = Readonly<Record<string, HookPoint>>;

/** Points that follow from methods; the machine calls the method at the point. */
const PAGE_METHODS: Methods = {
  charge: 'page charge',
  uncharge: 'page uncharge',
  admit: 'before map',
  map: 'map',
  unmap: 'unmap',
  settle: 'back to user',
  resize: 'limit write',
};
const KERNEL_METHODS: Methods = {
  create: 'mkdir',
  chargePage: 'slab page',
  unchargeObject: 'slab free',
  unchargePages: 'kernel page',
  mayLimit: 'limit write',
  remove: 'rmdir',
};
const SOCKET_METHODS: Methods = { create: 'mkdir', charge: 'socket buffer', uncharge: 'socket buffer', underPressure: 'window growth' };
const PIN_METHODS: Methods = { pin: 'pin', unpin: 'unpin' };

/** A method without a body, or with one that gives one answer whatever it is asked. */
const isIdle = (method: unknown): boolean =>
  /^\w+ ?\([^)]*\) *(?::[^{]*)?\{ *(?:return (?:[\w.]+|null|\[\]|new Map\(\)) *;)? *\}$/.test(String(method).replace(/\s+/g, ' '));

const CASES: readonly (readonly [string, PolicyClass, readonly HookPoint[], Methods])[] = [
  // Without accounting of pages these two act for kernel memory and sockets alone, where those are charged to a container.
  ['pages=none', NonePolicy, [...HOOKS.pages.none, 'back to user', 'limit write'], PAGE_METHODS],
  ['pages=static', StaticPolicy, HOOKS.pages.static, PAGE_METHODS],
  ['pages=static,owner=guarantee', CkrmPolicy, CKRM_HOOKS, PAGE_METHODS],
  ['pages=partial', PartialPolicy, HOOKS.pages.partial, PAGE_METHODS],
  ['pages=rss', RssPolicy, HOOKS.pages.rss, PAGE_METHODS],
  ['pages=rss,counting=process', RssProcessPolicy, HOOKS.pages.rss, PAGE_METHODS],
  ['pages=rss,counting=first', RssFirstPolicy, HOOKS.pages.rss, PAGE_METHODS],
  ['pages=smemcg', SmemcgPolicy, HOOKS.pages.smemcg, PAGE_METHODS],
  // Zones' charge and uncharge only say in whose zone the page came to lie: the page allocator has decided that.
  ['pages=software-zones', SoftwareZonesPolicy, [...HOOKS.pages['software-zones'], 'page charge', 'page uncharge'], PAGE_METHODS],
  ['kernel=none', KernelNonePolicy, HOOKS.kernel.none, KERNEL_METHODS],
  ['kernel=opt-in', KernelOptInPolicy, HOOKS.kernel['opt-in'], KERNEL_METHODS],
  ['kernel=opt-out', KernelOptOutPolicy, HOOKS.kernel['opt-out'], KERNEL_METHODS],
  ['kernel=objcg', KernelObjcgPolicy, HOOKS.kernel.objcg, KERNEL_METHODS],
  ['sockets=none', NoneSockets, HOOKS.sockets.none, SOCKET_METHODS],
  ['sockets=separate', SeparateSockets, HOOKS.sockets.separate, SOCKET_METHODS],
  ['sockets=unified', UnifiedSockets, HOOKS.sockets.unified, SOCKET_METHODS],
  ['pins=none', NoPinPolicy, HOOKS.pins.none, PIN_METHODS],
  ['pins=rlimit-process', ProcessRlimitPinPolicy, HOOKS.pins['rlimit-process'], PIN_METHODS],
  ['pins=rlimit-user', UserRlimitPinPolicy, HOOKS.pins['rlimit-user'], PIN_METHODS],
  ['pins=cgroup-sum', CgroupSumPinPolicy, HOOKS.pins['cgroup-sum'], PIN_METHODS],
  ['pins=cgroup-set', CgroupSetPinPolicy, HOOKS.pins['cgroup-set'], PIN_METHODS],
  ['pins=smemcg', SmemcgPinPolicy, HOOKS.pins.smemcg, PIN_METHODS],
];

describe('the table of hooks', () => {
  it.each(CASES)('says of %s what its class does', (_name, policy, points, methods) => {
    const claimed = Object.entries(methods).filter(([, point]) => points.includes(point));
    const acting = Object.entries(methods).filter(([method]) => !isIdle((policy.prototype as Record<string, unknown>)[method]));
    expect(claimed).toEqual(acting);
  });

  it('has an entry for every policy of every axis', () => {
    for (const axis of Object.keys(AXES) as Axis[]) expect(Object.keys(HOOKS[axis]).sort()).toEqual([...AXES[axis]].sort());
  });

  it('gives every preset its points once, in the order of the table, and no accounting none', () => {
    const order = Object.keys(HOOK_POINTS);
    for (const { id } of PRESETS) {
      const model = resolveModel(id);
      if (!model.ok) throw new Error(id);
      const points = hooksOf(model.value);
      expect(points).toEqual([...new Set(points)].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
      if (id === 'none') expect(points).toEqual([]);
    }
  });
});
