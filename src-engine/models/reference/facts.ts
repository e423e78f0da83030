/**
 * What happened to pages, tasks and containers, told without a word of who pays. A reference policy is a function from these facts to charges.
 * Pages, tasks and containers are plain numbers here; every list is in the order in which things happened.
 */
export type Fact =
  /** A step of the scenario begins. */
  | { readonly kind: 'step' }
  /** A task of `container` needs the page, which is not resident; whether it gets it is told next. */
  | { readonly kind: 'want'; readonly page: number; readonly container: number }
  /** The page became resident: a task of `container` brought it in. `again`: from swap. */
  | { readonly kind: 'insert'; readonly page: number; readonly container: number; readonly again: boolean }
  /** The page is resident no more: freed, or taken by reclaim. */
  | { readonly kind: 'free'; readonly page: number }
  /** A task of `container` maps the page, or its mapping goes. `moving`: the task goes to another container and takes its mappings along. */
  | { readonly kind: 'map' | 'unmap'; readonly page: number; readonly container: number; readonly moving: boolean }
  /**
   * A task moves to another container. Of its memory: pages that it has in its page table, pages that it could map and nobody has in a page table, private pages in swap. `flags`:
   * memory.move_charge_at_immigrate of the new container.
   */
  | {
      readonly kind: 'task-moves';
      readonly from: number;
      readonly to: number;
      readonly flags: number;
      readonly pages: readonly number[];
      readonly swapped: readonly number[];
    }
  /** A task of `container` read or wrote the resident page, or mapped it by a fault. Told only once some container is gone. */
  | { readonly kind: 'use'; readonly page: number; readonly container: number }
  /** The engine charged the page to `container` instead of another. A reference holds its own view against it. */
  | { readonly kind: 'recharge'; readonly page: number; readonly container: number }
  /** Somebody met a limit (a `max` event). */
  | { readonly kind: 'limit-met' }
  /** The container went; `parent` is the one that stands in for it. */
  | { readonly kind: 'remove'; readonly container: number; readonly parent: number }
  /** The container attached the shared-memory container of an object. */
  | { readonly kind: 'attach'; readonly container: number; readonly object: number }
  /** A software zone changed hands: `container` 0 is the shared area, −1 nobody. */
  | { readonly kind: 'zone'; readonly zone: number; readonly container: number };

export type PageClass = 'file' | 'tmpfs' | 'anon' | 'shared-anon';

/** What does not change with time and a policy may look at. */
export interface World {
  classOf(page: number): PageClass;
  /** The container that a tmpfs file names as its payer, or that allocated shared anonymous memory; null if the first user is the creator. */
  payerOf(page: number): number | null;
  /** One number per object. */
  objectOf(page: number): number;
  /** Whether tasks of more than one container use the page's object anywhere in the scenario. */
  isShared(page: number): boolean;
  /** The shared-memory container of the page's object; null if it has none. */
  lenderOf(page: number): number | null;
  /** The container's parent; −1 for the root. */
  parentOf(container: number): number;
  childrenOf(container: number): readonly number[];
  /** Pages that the container was guaranteed (`min`) when it was created; 0: none. */
  guaranteeOf(container: number): number;
  /** Pages of a software zone. */
  zonePages(): number;
}

/** One whole page of charge. Parts of a page are 2⁻²⁴ of it. */
export const WHOLE = 2 ** 24;

/** Who pays: container → page → units of 2⁻²⁴ page. What descendants pay is not in it. */
export type Charges = Map<number, Map<number, number>>;

/** Who pays after `facts`, worked out from nothing but them. */
export type Reference = (facts: readonly Fact[], world: World) => Charges;

/** Adds `units` for `page` to what `container` pays. */
export function pay(charges: Charges, container: number, page: number, units: number): void {
  const pages = charges.get(container) ?? new Map<number, number>();
  charges.set(container, pages);
  pages.set(page, (pages.get(page) ?? 0) + units);
}
