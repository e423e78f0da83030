import { type Charges, type Fact, pay, type Reference, WHOLE, type World } from './facts.ts';

/** What becomes of a page whose owner is removed: the new owner, or null if it cannot be there any more. */
type Heir = (page: number, owner: number, parent: number, world: World) => number | null;

/** Whoever brings a page in pays for all of it until it is freed. When the payer goes, its parent pays. */
export const staticOwnership: Reference = (facts, world) => owned(facts, world, (_page, _owner, parent) => parent);

/** The same with charges that move with tasks. */
export const staticMoved: Reference = (facts, world) => owned(facts, world, (_page, _owner, parent) => parent, true);

/** Charges stay with a payer that is gone. */
export const staticKept: Reference = (facts, world) => owned(facts, world, (_page, owner) => owner);

/** Files of a payer that goes have been dropped; what needs swap may be its parent's. */
export const staticFreed: Reference = (facts, world) => owned(facts, world, (page, _owner, parent) => (world.classOf(page) === 'file' ? null : parent));

/** Under limits of version 1 charges of the old container move with a task, as far as the new one has it: bit 0 anonymous memory and its swap, bit 1 the rest. */
function moveCharges(
  { from, to, flags, pages, swapped }: Extract<Fact, { kind: 'task-moves' }>,
  world: World,
  owner_of: Map<number, number>,
  slot_of: Map<number, number>,
): void {
  for (const page of pages) {
    const bit = world.classOf(page) === 'anon' ? 1 : 2;
    if ((flags & bit) !== 0 && owner_of.get(page) === from) owner_of.set(page, to);
  }
  if ((flags & 1) !== 0) for (const page of swapped) if (slot_of.get(page) === from) slot_of.set(page, to);
}

/** A page that comes back from swap goes to the payer that its slot remembers, if that still exists: the owner, or its nearest ancestor that existed when it was taken. */
function owned(facts: readonly Fact[], world: World, heirOf: Heir, moves = false): Charges {
  const owner_of = new Map<number, number>();
  const slot_of = new Map<number, number>();
  const gone = new Set<number>();
  for (const fact of facts) {
    if (fact.kind === 'insert') {
      const slot = fact.again ? slot_of.get(fact.page) : undefined;
      owner_of.set(fact.page, slot === undefined || gone.has(slot) ? fact.container : slot);
    }
    if (fact.kind === 'free') {
      const owner = owner_of.get(fact.page);
      if (owner !== undefined) slot_of.set(fact.page, nearestLeft(owner, gone, world));
      owner_of.delete(fact.page);
    }
    if (moves && fact.kind === 'task-moves') moveCharges(fact, world, owner_of, slot_of);
    if (fact.kind === 'remove') {
      gone.add(fact.container);
      for (const [page, owner] of owner_of) {
        if (owner !== fact.container) continue;
        const heir = heirOf(page, owner, fact.parent, world);
        if (heir === null) owner_of.delete(page);
        else owner_of.set(page, heir);
      }
    }
  }
  return chargesOf(owner_of);
}

/** The container or its nearest ancestor that is not gone. */
export function nearestLeft(container: number, gone: ReadonlySet<number>, world: World): number {
  let at = container;
  while (gone.has(at)) at = world.parentOf(at);
  return at;
}

/** Each owner pays for its pages, whole. */
export function chargesOf(owner_of: ReadonlyMap<number, number>): Charges {
  const charges: Charges = new Map();
  for (const [page, owner] of owner_of) pay(charges, owner, page, WHOLE);
  return charges;
}
