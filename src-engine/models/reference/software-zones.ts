import { type Charges, pay, type Reference, WHOLE } from './facts.ts';

/** Whoever owns the zone that a page lies in pays for it. Objects used across containers lie in the shared zone, as does all that a container without zones brings in. */
export const softwareZones: Reference = (facts, world) => {
  const zone_owner_of = new Map<number, number>();
  const slot_owner_of = new Map<number, number>();
  const gone = new Set<number>();
  for (const fact of facts) {
    if (fact.kind === 'insert' && !world.isShared(fact.page)) {
      const slot_owner = fact.again ? slot_owner_of.get(fact.page) : undefined;
      const container = slot_owner === undefined || gone.has(slot_owner) ? fact.container : slot_owner;
      if (world.ownsZones(container)) zone_owner_of.set(fact.page, container);
    }
    if (fact.kind === 'free') {
      const owner = zone_owner_of.get(fact.page);
      if (owner !== undefined) slot_owner_of.set(fact.page, owner);
      zone_owner_of.delete(fact.page);
    }
    if (fact.kind === 'remove') gone.add(fact.container);
  }
  const charges: Charges = new Map();
  for (const [page, owner] of zone_owner_of) pay(charges, owner, page, WHOLE);
  return charges;
};
