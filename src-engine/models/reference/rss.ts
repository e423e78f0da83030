import { type Charges, pay, type Reference, WHOLE } from './facts.ts';

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
