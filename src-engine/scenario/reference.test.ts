import { expect, test } from 'vitest';
import { scenarioReferenceMarkdown } from './reference.ts';
import { VERBS } from './schema.ts';

const page = scenarioReferenceMarkdown();

test('names every verb with an example', () => {
  for (const verb of VERBS) expect(page).toContain(`### \`${verb}\``);
  expect(page).toContain('Example: `{ read: shared, by: a, range: 0..4MiB }`');
  expect(page).toContain('| `memory` | size | `512MiB` | Memory that containers can use, in whole pages. |');
});

test('every table row has four cells or two', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  expect(rows.length).toBeGreaterThan(150);
  for (const row of rows) expect([3, 5]).toContain(row.split('|').length - 1);
});
