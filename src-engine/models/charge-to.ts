import type { MemoryObject } from '../machine/pages/objects.ts';
import type { World } from '../machine/world.ts';

/**
 * The container that `charge-to` of a tmpfs file names: the mount option `memcg=` (Mina Almasry, “Deterministic charging of shared memory”, v4, November 2021, not merged).
 *
 * The mount binds the first container at the path, and holds it: removed, it stays as a dying container as long as the mount does, which is to the end of a run, whatever
 * is charged to it (`mem_cgroup_set_charge_target()` keeps a css reference). From then on whoever touches the file pays (`css_tryget_online()` in patch 1); a new
 * container at the same path is not the one that was mounted.
 */
export class ChargeTo {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** The named container while it exists; −1 if none is named, or it is not there. */
  payerOf(object: MemoryObject): number {
    const bound = this.boundTo(object);
    return bound === -1 || this.world.tree.exists[bound] === 0 ? -1 : bound;
  }

  /** Whether a mount holds the container: that of an object whose `charge-to` the model `minds`. */
  holds(container: number, minds: (object: MemoryObject) => boolean = () => true): boolean {
    return this.world.machine.objects.some((object) => this.boundTo(object) === container && minds(object));
  }

  private boundTo(object: MemoryObject): number {
    return object.charge_to === undefined ? -1 : this.world.tree.path_ids.indexOf(object.charge_to);
  }
}
