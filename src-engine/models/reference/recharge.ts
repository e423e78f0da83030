import type { Charges, Reference, World } from './facts.ts';
import { chargesOf, nearestLeft } from './static.ts';

/**
 * Whoever brings a page in pays for all of it. When a payer goes, pages that somebody maps are a mapper’s; the others are its own until somebody uses them, and then that
 * one’s. Whether a limit stood in the way of that is taken from the engine: only in a step in which somebody met a limit may a page stay where it is.
 * Throws where the engine moved a charge to one who had no part in the page, or left one that nothing held.
 */
export const staticRecharged: Reference = (facts, world) => {
  const book = new Book(world);
  for (const fact of facts) {
    switch (fact.kind) {
      case 'step':
        book.closeStep();
        break;
      case 'insert':
        book.insert(fact.page, fact.container, fact.again);
        break;
      case 'free':
        book.free(fact.page);
        break;
      case 'map':
        book.mappersOf(fact.page).push(fact.container);
        break;
      case 'unmap':
        book.unmap(fact.page, fact.container);
        break;
      case 'use':
        book.used.push({ page: fact.page, container: fact.container });
        break;
      case 'limit-met':
        book.limit_met = true;
        break;
      case 'recharge':
        book.moved.push({
          page: fact.page,
          from: book.owner_of.get(fact.page) ?? -1,
          to: fact.container,
          by_mapping: book.mappersOf(fact.page).includes(fact.container),
        });
        book.owner_of.set(fact.page, fact.container);
        break;
      case 'remove':
        book.remove(fact.container);
        break;
      default:
        break;
    }
  }
  book.closeStep();
  return book.charges();
};

class Book {
  readonly owner_of = new Map<number, number>();
  /** Of the step at hand. */
  used: { readonly page: number; readonly container: number }[] = [];
  moved: { readonly page: number; readonly from: number; readonly to: number; readonly by_mapping: boolean }[] = [];
  limit_met = false;
  private readonly world: World;
  private readonly slot_of = new Map<number, number>();
  private readonly mappers_of = new Map<number, number[]>();
  private readonly gone = new Set<number>();

  constructor(world: World) {
    this.world = world;
  }

  /** Containers of the tasks that map the page, once a mapping. */
  mappersOf(page: number): number[] {
    const mappers = this.mappers_of.get(page) ?? [];
    this.mappers_of.set(page, mappers);
    return mappers;
  }

  insert(page: number, container: number, again: boolean): void {
    const slot = again ? this.slot_of.get(page) : undefined;
    this.owner_of.set(page, slot === undefined || this.gone.has(slot) ? container : slot);
  }

  free(page: number): void {
    const owner = this.owner_of.get(page);
    if (owner !== undefined) this.slot_of.set(page, nearestLeft(owner, this.gone, this.world));
    this.owner_of.delete(page);
  }

  unmap(page: number, container: number): void {
    const mappers = this.mappersOf(page);
    mappers.splice(mappers.indexOf(container), 1);
  }

  remove(container: number): void {
    this.gone.add(container);
    for (const [page, owner] of this.owner_of)
      if (owner === container && this.mappersOf(page).length > 0 && !this.limit_met)
        throw new Error(`page ${page} is mapped, but stays with ${container}, which is gone`);
  }

  /** What was moved and what was not, in the step that ends. */
  closeStep(): void {
    for (const { page, from, to, by_mapping } of this.moved) {
      const is_used = this.used.some((use) => use.page === page && use.container === to);
      if (!this.gone.has(from) || !(by_mapping || is_used)) throw new Error(`page ${page} is charged to ${to} instead of ${from} for no reason`);
    }
    for (const { page } of this.used) {
      const owner = this.owner_of.get(page);
      if (owner !== undefined && this.gone.has(owner) && !this.limit_met) throw new Error(`page ${page} was used, but stays with ${owner}, which is gone`);
    }
    this.used = [];
    this.moved = [];
    this.limit_met = false;
  }

  charges(): Charges {
    return chargesOf(this.owner_of);
  }
}
