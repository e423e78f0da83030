import { type Charges, pay, type Reference, WHOLE } from './facts.ts';

const SHARED = 0;

/**
 * Whoever owns the zone that a page lies in pays for it: the container that brought it in if it owns zones, else its nearest ancestor that does. Objects used
 * across containers lie in the shared zones, as does what comes from a container without zones, and nobody pays. What a removed container leaves behind is shared.
 */
export const softwareZones: Reference = (facts, world) => {
  const owner_of_zone = new Map<number, number>();
  const home_of = new Map<number, number>();
  const slot_of = new Map<number, number>();
  const gone = new Set<number>();
  const homeOf = (container: number): number => {
    const zone_owners = [...owner_of_zone.values()];
    let at = container;
    while (at !== SHARED && !zone_owners.includes(at)) at = world.parentOf(at);
    return at;
  };
  for (const fact of facts) {
    if (fact.kind === 'zone') owner_of_zone.set(fact.zone, fact.container);
    if (fact.kind === 'insert') {
      const slot = fact.again ? slot_of.get(fact.page) : undefined;
      const user = slot === undefined || gone.has(slot) ? fact.container : slot;
      home_of.set(fact.page, world.isShared(fact.page) ? SHARED : homeOf(user));
    }
    if (fact.kind === 'free') {
      slot_of.set(fact.page, home_of.get(fact.page) ?? SHARED);
      home_of.delete(fact.page);
    }
    if (fact.kind === 'remove') {
      gone.add(fact.container);
      for (const [page, home] of home_of) if (home === fact.container) home_of.set(page, SHARED);
    }
  }
  const charges: Charges = new Map();
  for (const [page, home] of home_of) if (home !== SHARED) pay(charges, home, page, WHOLE);
  return charges;
};
