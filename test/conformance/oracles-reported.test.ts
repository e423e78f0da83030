import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRESETS } from '../../src-engine/scenario/presets.ts';

/** The rows ZONE-1 and KMEM-12 of the project's list: figures that sources report of real machines. The lab cites them with the model and does not compute them. */

const PAGE = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
const reported = (model: string): string => PRESETS.find(({ id }) => id === model)?.rules.find((rule) => rule.startsWith('Reported for')) ?? '';

function holds(model: string, figures: readonly string[]): void {
  for (const figure of figures) expect(reported(model)).toContain(figure);
  expect(PAGE).toContain(reported(model));
}

test('ZONE-1: nodes of numa=fake=4*512, and free memory beside a dd in a cpuset and beside one that is in none', () => {
  holds('software-zones', ['130975, 131072, 131072 and 131072 pages', '1513236 kB', '3091900 kB', '42113 kB']);
});

test('KMEM-12: utilisation, boot memory and savings of the slab controller', () => {
  holds('memcg-v2', ['45 %', '58 % less with SLUB', '38 % less with SLAB', '1 GB a host']);
});
