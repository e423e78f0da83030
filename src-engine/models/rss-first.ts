import type { LabError } from '../base/result.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import type { PolicyCost } from '../machine/policies/policy.ts';
import type { Account } from './mapped-reclaim.ts';
import { RssPolicy } from './rss.ts';

/** `page->page_container`. */
const OWNER_POINTER_BYTES = 8;

/**
 * `counting: first`: the container that maps a page first owns it until the last mapping goes, whoever’s that is (Pavel Emelianov’s RSS controller, spring 2007, which
 * called it a step towards charging all users fairly). A task that moves leaves the charges where they are. Taking a page off its owner’s account means unmapping it from
 * everyone. The posting gave each container an LRU list of its own; here the machine’s lists are walked and the owner’s pages picked.
 * What others still map when its owner is removed is charged to the owner’s parent; the posting is silent about that.
 */
export class RssFirstPolicy extends RssPolicy {
  private readonly owners = new Map<number, number>();

  protected override readonly account: Account = {
    units_per_page: 1,
    isChargedTo: (_object, page, target) => {
      const owner = this.owners.get(page);
      return owner !== undefined && this.world.tree.isWithin(owner, target);
    },
    isWhole: () => true,
  };

  override admit(container: number, _object: MemoryObject, page: number, task: number): boolean {
    return this.owners.has(page) || this.gate.makeRoom(container, 1, task);
  }

  override map(container: number, object: MemoryObject, page: number, task: number): void {
    if (this.owners.has(page)) return;
    this.owners.set(page, container);
    this.change(container, object, page, 1);
    this.gate.charged(container, task);
  }

  /** While a task moves, its mappings stay in the map count: nothing changes then. */
  override unmap(_container: number, object: MemoryObject, page: number): void {
    const { machine } = this.world;
    const owner = this.owners.get(page);
    if (owner === undefined || machine.lru.mapcountOf(machine.frameOf(page)) > 0) return;
    this.owners.delete(page);
    this.change(owner, object, page, -1);
  }

  override remove(container: number): void {
    const { machine, tree } = this.world;
    for (const [page, owner] of this.owners) {
      if (owner !== container) continue;
      const object = machine.objectOfFrame(machine.frameOf(page));
      this.change(container, object, page, -1);
      this.owners.set(page, tree.parents[container]);
      this.change(tree.parents[container], object, page, 1);
      this.world.pages_reparented++;
    }
  }

  override check(): LabError | null {
    const expected = new Array<number>(this.world.tree.count).fill(0);
    for (const owner of this.owners.values()) expected[owner]++;
    return this.checkAgainst('the mapped pages that it owns', expected);
  }

  override cost(): PolicyCost {
    const { machine } = this.world;
    return { ...super.cost(), rmap_steps: 0, pages_migrated: this.world.pages_reparented, page_storage_bytes: OWNER_POINTER_BYTES * machine.spec.memory_pages };
  }
}
