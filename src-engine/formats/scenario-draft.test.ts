import { expect, it } from 'vitest';
import { plural } from '../base/figures.ts';
import { aboutOf } from './scenario-draft.ts';

it('writes figures of notes and sums into a scenario as plain text has them', () => {
  const slack = [{ what: 'usage and its parts', stated: 1234567, found: 1000, unit: 'bytes' }] as const;
  expect(aboutOf(['Made of a report.'], slack, [`${plural(12345, 'page is', 'pages are')} left out`])).toEqual([
    'Made of a report.',
    'Slack: usage and its parts: 1,234,567 and 1,000 bytes.',
    'Note: 12,345 pages are left out.',
  ]);
});
