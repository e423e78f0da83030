import { type Charges, type Fact, pay, type Reference, WHOLE, type World } from './facts.ts';
import { staticKept, staticOwnership } from './static.ts';

/** The shared-memory container of an object that some container attaches pays for its pages; the others are paid for by who brought them in, also after its end. */
export const smemcg: Reference = (facts, world) => withLenders(facts, world, staticKept);

/** The same, where the parent takes over what a removed container paid for. */
export const smemcgReparented: Reference = (facts, world) => withLenders(facts, world, staticOwnership);

function withLenders(facts: readonly Fact[], world: World, others: Reference): Charges {
  const isLent = (fact: Fact): boolean => 'page' in fact && world.lenderOf(fact.page) !== null;
  const charges = others(
    facts.filter((fact) => !isLent(fact)),
    world,
  );
  for (const page of lentPages(facts, world)) pay(charges, world.lenderOf(page) ?? 0, page, WHOLE);
  return charges;
}

/** Pages of shared-memory containers that are resident now. */
function lentPages(facts: readonly Fact[], world: World): Set<number> {
  const resident = new Set<number>();
  for (const fact of facts) {
    if (fact.kind === 'insert' && world.lenderOf(fact.page) !== null) resident.add(fact.page);
    if (fact.kind === 'free') resident.delete(fact.page);
  }
  return resident;
}

/** What a container borrows: each page that tasks in it or below it map, unless a container between has attached the object itself. Once, however often mapped. */
export const borrowedOnce: Reference = (facts, world) => {
  const charges: Charges = new Map();
  for (const [container, pages] of borrowedEach(facts, world)) for (const [page, units] of pages) if (units > 0) pay(charges, container, page, WHOLE);
  return charges;
};

/** The same, as often as it is mapped. */
export const borrowedEach: Reference = (facts, world) => {
  const charges: Charges = new Map();
  const attached = attachments(facts);
  for (const fact of facts) {
    if ((fact.kind !== 'map' && fact.kind !== 'unmap') || world.lenderOf(fact.page) === null) continue;
    for (let at = fact.container; at !== -1; at = world.parentOf(at)) {
      if (attached.get(at)?.has(world.objectOf(fact.page)) !== true) continue;
      pay(charges, at, fact.page, fact.kind === 'map' ? WHOLE : -WHOLE);
      break;
    }
  }
  return charges;
};

/** All that a shared-memory container is charged for, by each container that has attached it. */
export const borrowedWhole: Reference = (facts, world) => {
  const charges: Charges = new Map();
  for (const [container, objects] of attachments(facts)) {
    for (const page of lentPages(facts, world)) if (objects.has(world.objectOf(page))) pay(charges, container, page, WHOLE);
  }
  return charges;
};

/** Objects that each container that is still there has attached. */
function attachments(facts: readonly Fact[]): ReadonlyMap<number, ReadonlySet<number>> {
  const attached = new Map<number, Set<number>>();
  for (const fact of facts) {
    if (fact.kind === 'attach') attached.set(fact.container, (attached.get(fact.container) ?? new Set()).add(fact.object));
    if (fact.kind === 'remove') attached.delete(fact.container);
  }
  return attached;
}
