import { expect, it } from 'vitest';
import { stepTexts } from './step-texts.ts';

it('has both texts of a step where revisions differ, and one where they agree', () => {
  const [older, newer] = ['steps:\n  - { read: a, by: t }\n', '# moved\nsteps:\n  - { read: b, by: t }\n'];
  expect(
    stepTexts([
      { title: 'static (run 1)', scenario_text: older, line: 2 },
      { title: 'static (run 2)', scenario_text: newer, line: 3 },
      { title: 'rss', scenario_text: older, line: 2 },
    ]),
  ).toEqual([
    { titles: ['static (run 1)', 'rss'], line: 2, text: '{ read: a, by: t }' },
    { titles: ['static (run 2)'], line: 3, text: '{ read: b, by: t }' },
  ]);
  expect(
    stepTexts([
      { title: 'a', scenario_text: older, line: 2 },
      { title: 'b', scenario_text: newer.replace('b,', 'a,'), line: 3 },
    ]),
  ).toHaveLength(1);
  expect(stepTexts([{ title: 'ftrace', scenario_text: null, line: 0 }])).toEqual([{ titles: ['ftrace'], line: 0, text: '' }]);
});
