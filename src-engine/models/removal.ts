import type { World } from '../machine/world.ts';
import { forceEmpty } from './removal-free.ts';
import { rechargeMapped } from './removal-recharge.ts';
import { reparent } from './removal-reparent.ts';

/** Deals with what a container without tasks and children still owns, under models that keep each container's pages on lists of its own. */
export function disposeOfPages(world: World, container: number): void {
  switch (world.model.axes.removal) {
    case 'free':
      forceEmpty(world, container);
      reparent(world, container);
      return;
    case 'reparent':
      reparent(world, container);
      return;
    case 'recharge':
      rechargeMapped(world, container);
      return;
    case 'zombie':
      // Charges stay with the dead container as long as their pages live: mem_cgroup_css_offline() of 6.12 leaves the lists alone.
      return;
  }
}
