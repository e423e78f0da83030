import { type Charges, pay, type Reference, WHOLE, type World } from './facts.ts';

/**
 * CKRM: whoever brings a page in owns it; when a task moves, each page that it maps goes to the user with most of its guarantee left, and when a class goes, so do all of
 * its pages, those without users to the root.
 */
export const ckrm: Reference = (facts, world) => {
  const owner_of = new Map<number, number>();
  const slot_owner_of = new Map<number, number>();
  const mappings_of = new Map<number, number[]>();
  const gone = new Set<number>();
  const evaluate = (page: number, without_users: number): void => {
    const owner = owner_of.get(page);
    if (owner !== undefined) owner_of.set(page, winner(mappings_of.get(page) ?? [], owner, world, gone) ?? without_users);
  };
  for (const fact of facts) {
    if (fact.kind === 'insert') {
      const slot_owner = fact.again ? slot_owner_of.get(fact.page) : undefined;
      owner_of.set(fact.page, slot_owner === undefined || gone.has(slot_owner) ? fact.container : slot_owner);
    }
    if (fact.kind === 'free') {
      const owner = owner_of.get(fact.page);
      if (owner !== undefined) slot_owner_of.set(fact.page, owner);
      owner_of.delete(fact.page);
    }
    if (fact.kind === 'map') {
      mappings_of.set(fact.page, [...(mappings_of.get(fact.page) ?? []), fact.container]);
      const owner = owner_of.get(fact.page);
      if (fact.moving && owner !== undefined) evaluate(fact.page, owner);
    }
    if (fact.kind === 'unmap') {
      const mappings = [...(mappings_of.get(fact.page) ?? [])];
      mappings.splice(mappings.indexOf(fact.container), 1);
      mappings_of.set(fact.page, mappings);
    }
    if (fact.kind === 'remove') {
      for (const [page, owner] of owner_of) if (owner === fact.container) evaluate(page, 0);
      gone.add(fact.container);
    }
  }
  const charges: Charges = new Map();
  for (const [page, owner] of owner_of) pay(charges, owner, page, WHOLE);
  return charges;
};

/** The user that takes the page: the owner if it uses the page and nobody has more, else the best of the others, of equals the oldest. */
function winner(mappings: readonly number[], owner: number, world: World, gone: ReadonlySet<number>): number | undefined {
  const users = [...new Set(mappings)].sort((one, other) => one - other);
  let best = users.includes(owner) ? owner : users[0];
  for (const user of users) if (best !== undefined && hasMore(user, best, world, gone)) best = user;
  return best;
}

function hasMore(one: number, other: number, world: World, gone: ReadonlySet<number>): boolean {
  const [guarantee, others] = [world.guaranteeOf(one), world.guaranteeOf(other)];
  if (guarantee === others || guarantee === 0) return false;
  return others === 0 || left(one, world, gone) > left(other, world, gone);
}

/** Guarantee that a class has not given to children. */
const left = (container: number, world: World, gone: ReadonlySet<number>): number =>
  Math.max(0, world.guaranteeOf(container) - world.childrenOf(container).reduce((sum, child) => sum + (gone.has(child) ? 0 : world.guaranteeOf(child)), 0));
