import type { LabError } from '../base/result.ts';
import { LimitGate } from '../machine/limit-gate.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import { RssPolicy } from './rss.ts';

/**
 * `counting: process`: a container pays for what each of its processes maps, added up; a page that three of them share counts three times (Balbir Singh’s RSS
 * controller, posted in February 2007). Nothing is reclaimed for a container: over its limit a task is killed.
 */
export class RssProcessPolicy extends RssPolicy {
  protected override createGate(): LimitGate {
    return new LimitGate(this.world, this.charge_shift, null);
  }

  override admit(container: number, _object: MemoryObject, _page: number, task: number): boolean {
    return this.gate.makeRoom(container, 1, task);
  }

  override map(container: number, object: MemoryObject, page: number): void {
    this.change(container, object, page, 1);
  }

  override unmap(container: number, object: MemoryObject, page: number): void {
    this.change(container, object, page, -1);
  }

  override check(): LabError | null {
    const { spaces, tree } = this.world;
    const expected = new Array<number>(tree.count).fill(0);
    spaces.rss_pages.forEach((pages, task) => {
      if (spaces.alive[task] === 1) expected[spaces.container[task]] += pages;
    });
    return this.checkAgainst('the pages that its tasks map, each for itself,', expected);
  }
}
