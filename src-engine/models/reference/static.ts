import { type Charges, pay, type Reference, WHOLE } from './facts.ts';

/**
 * Whoever brings a page in pays for all of it until it is freed. When the payer goes, its parent pays. A page that comes back from swap goes to the payer that
 * its slot remembers, if that still exists.
 */
export const staticOwnership: Reference = (facts) => {
  const owner_of = new Map<number, number>();
  const slot_owner_of = new Map<number, number>();
  const gone = new Set<number>();
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
    if (fact.kind === 'remove') {
      gone.add(fact.container);
      for (const [page, owner] of owner_of) if (owner === fact.container) owner_of.set(page, fact.parent);
    }
  }
  const charges: Charges = new Map();
  for (const [page, owner] of owner_of) pay(charges, owner, page, WHOLE);
  return charges;
};
