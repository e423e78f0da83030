import { type Charges, pay, type Reference, WHOLE } from './facts.ts';

const SHARED = 0;

/**
 * Whoever owns the zone that a page lies in pays for it: the container that brought it in if it owns zones, else its nearest ancestor that does. Objects used
 * across containers lie in the shared zones, as does what comes from a container without zones, and nobody pays. Where zones are full that nothing is reclaimed from (their container has
 * no limit, or no longer), the next ancestor's are taken. `removal`: what a removed container leaves
 * behind is shared (`free`), its parent's (`reparent`), or stays its own (`zombie`). Who owns which zone is given.
 */
const zonesWith =
  (removal: 'free' | 'reparent' | 'zombie'): Reference =>
  (facts, world) => {
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
    /** A container whose limit is met has made room before a page comes. */
    const roomFor = (container: number): number => {
      const home = homeOf(container);
      if (home === SHARED) return SHARED;
      const zone_count = [...owner_of_zone.values()].filter((owner) => owner === home).length;
      const page_count = [...home_of.values()].filter((at) => at === home).length;
      return page_count < zone_count * world.zonePages() ? home : roomFor(world.parentOf(home));
    };
    const livingAncestor = (container: number): number => (gone.has(container) ? livingAncestor(world.parentOf(container)) : container);
    for (const fact of facts) {
      if (fact.kind === 'zone') owner_of_zone.set(fact.zone, fact.container);
      if (fact.kind === 'insert') {
        const slot = fact.again ? slot_of.get(fact.page) : undefined;
        const user = slot === undefined || gone.has(slot) ? fact.container : slot;
        home_of.set(fact.page, world.isShared(fact.page) ? SHARED : roomFor(user));
      }
      if (fact.kind === 'free') {
        // A slot is charged to a container that exists: of a removed one to its nearest ancestor that does.
        slot_of.set(fact.page, livingAncestor(home_of.get(fact.page) ?? SHARED));
        home_of.delete(fact.page);
      }
      if (fact.kind === 'remove') {
        gone.add(fact.container);
        if (removal === 'zombie') continue;
        for (const [page, home] of home_of) if (home === fact.container) home_of.set(page, removal === 'reparent' ? fact.parent : SHARED);
      }
    }
    const charges: Charges = new Map();
    for (const [page, home] of home_of) if (home !== SHARED) pay(charges, home, page, WHOLE);
    return charges;
  };

export const softwareZones = zonesWith('free');
export const softwareZonesReparented = zonesWith('reparent');
export const softwareZonesKept = zonesWith('zombie');
