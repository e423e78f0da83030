import { type Charges, type Fact, pay, type Reference, WHOLE, type World } from './facts.ts';

/** One container's part in one page: `WHOLE >> shift`, held by so many mappings. */
interface Share {
  readonly container: number;
  mapping_count: number;
  shift: number;
  /** Number of the fact with which it came. */
  readonly arrival: number;
}

/**
 * Each container that maps a page pays as much of it as every other; a page that cannot be parted evenly costs those who came first a unit more. tmpfs is paid for by its
 * creator, whole.
 */
export const partialEqual: Reference = (facts, world) => {
  const charges: Charges = new Map();
  for (const [page, shares] of sharesOf(facts, world)) {
    const by_arrival = [...shares].sort((one, other) => one.arrival - other.arrival);
    let left = WHOLE;
    by_arrival.forEach((share, index) => {
      const units = Math.ceil(left / (by_arrival.length - index));
      pay(charges, share.container, page, units);
      left -= units;
    });
  }
  for (const [page, creator] of creatorOf(facts, world)) pay(charges, creator, page, WHOLE);
  return charges;
};

/** Each container that maps a page pays a part of it: OpenVZ's user beancounters (`rss_pages.c`). tmpfs is paid for by its creator, whole; by its parent once that is gone. */
export const partial: Reference = (facts, world) => partialCharges(facts, world, true);

/** A creator of tmpfs goes on paying after its end. */
export const partialKept: Reference = (facts, world) => partialCharges(facts, world, false);

function partialCharges(facts: readonly Fact[], world: World, inherited: boolean): Charges {
  const charges: Charges = new Map();
  for (const [page, shares] of sharesOf(facts, world)) {
    for (const share of shares) pay(charges, share.container, page, WHOLE >> share.shift);
  }
  for (const [page, creator] of creatorOf(facts, world, inherited)) pay(charges, creator, page, WHOLE);
  return charges;
}

/** The cyclic list of sharers of each page, head first. */
function sharesOf(facts: readonly Fact[], world: World): Map<number, Share[]> {
  const shares_of = new Map<number, Share[]>();
  for (const [arrival, fact] of facts.entries()) {
    if (fact.kind !== 'map' && fact.kind !== 'unmap') continue;
    if (isPaidByCreator(fact.page, world)) continue;
    const shares = shares_of.get(fact.page) ?? [];
    shares_of.set(fact.page, shares);
    if (fact.kind === 'map') join(shares, fact.container, arrival);
    else leave(shares, fact.container);
  }
  return shares_of;
}

/** The newcomer halves the part of the head, which goes to the tail, and takes the other half. */
function join(shares: Share[], container: number, arrival: number): void {
  const own = shares.find((share) => share.container === container);
  if (own !== undefined) {
    own.mapping_count++;
    return;
  }
  const head = shares.shift();
  if (head === undefined) {
    shares.push({ container, mapping_count: 1, shift: 0, arrival });
    return;
  }
  head.shift++;
  shares.push(head, { container, mapping_count: 1, shift: head.shift, arrival });
}

/** The tail doubles its part and goes to the head; if its part was half of the leaver's, the next tail does so too. */
function leave(shares: Share[], container: number): void {
  const index = shares.findIndex((share) => share.container === container);
  const leaver = shares[index];
  if (leaver === undefined) throw new Error(`container ${container} leaves a page that it does not map`);
  leaver.mapping_count--;
  if (leaver.mapping_count > 0) return;
  shares.splice(index, 1);
  const first = growTail(shares);
  if (first !== undefined && first + 1 > leaver.shift) growTail(shares);
}

/** Returns the shift that the tail got; undefined if there is none. */
function growTail(shares: Share[]): number | undefined {
  const tail = shares.pop();
  if (tail === undefined) return undefined;
  tail.shift--;
  shares.unshift(tail);
  return tail.shift;
}

const isPaidByCreator = (page: number, world: World): boolean => world.classOf(page) === 'tmpfs' || world.classOf(page) === 'shared-anon';

/** Who pays for each resident page of tmpfs: its creator, or, where charges are `inherited`, what stands in for it since it went. */
function creatorOf(facts: readonly Fact[], world: World, inherited = true): Map<number, number> {
  const creator_of_object = new Map<number, number>();
  const resident = new Set<number>();
  const stand_in_of = new Map<number, number>();
  for (const fact of facts) {
    if (fact.kind === 'want' && !creator_of_object.has(world.objectOf(fact.page)))
      creator_of_object.set(world.objectOf(fact.page), world.payerOf(fact.page) ?? fact.container);
    if (fact.kind === 'insert' && isPaidByCreator(fact.page, world)) resident.add(fact.page);
    if (fact.kind === 'free') resident.delete(fact.page);
    if (fact.kind === 'remove' && inherited) stand_in_of.set(fact.container, fact.parent);
  }
  const standIn = (container: number): number => {
    const parent = stand_in_of.get(container);
    return parent === undefined ? container : standIn(parent);
  };
  // Every resident page of tmpfs was wanted once, so that its object has a creator.
  return new Map([...resident].map((page) => [page, standIn(creator_of_object.get(world.objectOf(page)) as number)]));
}
