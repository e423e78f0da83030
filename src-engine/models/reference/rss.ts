import { type Charges, pay, type Reference, WHOLE } from './facts.ts';

/** A container pays in full for each page, as often as its tasks map it. */
export const rssByProcess: Reference = (facts) => {
  const charges: Charges = new Map();
  for (const fact of facts) {
    if (fact.kind === 'map') pay(charges, fact.container, fact.page, WHOLE);
    if (fact.kind === 'unmap') pay(charges, fact.container, fact.page, -WHOLE);
  }
  return charges;
};

/** The container that maps a page first pays until nobody maps it; a task that moves leaves its pages where they are. When the payer goes, its parent pays. */
export const rssByFirst: Reference = (facts) => {
  const payer_of = new Map<number, number>();
  const mapping_count = new Map<number, number>();
  for (const fact of facts) {
    if (fact.kind === 'remove') for (const [page, payer] of payer_of) if (payer === fact.container) payer_of.set(page, fact.parent);
    if ((fact.kind !== 'map' && fact.kind !== 'unmap') || fact.moving) continue;
    const count = (mapping_count.get(fact.page) ?? 0) + (fact.kind === 'map' ? 1 : -1);
    mapping_count.set(fact.page, count);
    if (count === 0) payer_of.delete(fact.page);
    else if (!payer_of.has(fact.page)) payer_of.set(fact.page, fact.container);
  }
  const charges: Charges = new Map();
  for (const [page, payer] of payer_of) pay(charges, payer, page, WHOLE);
  return charges;
};

/** A container pays in full for each page that at least one of its tasks maps, however many do. */
export const rss: Reference = (facts) => {
  const charges: Charges = new Map();
  const mapping_count = new Map<string, number>();
  for (const fact of facts) {
    if (fact.kind !== 'map' && fact.kind !== 'unmap') continue;
    const key = `${fact.container}:${fact.page}`;
    mapping_count.set(key, (mapping_count.get(key) ?? 0) + (fact.kind === 'map' ? 1 : -1));
  }
  for (const [key, count] of mapping_count) {
    const [container, page] = key.split(':').map(Number) as [number, number];
    if (count > 0) pay(charges, container, page, WHOLE);
  }
  return charges;
};
