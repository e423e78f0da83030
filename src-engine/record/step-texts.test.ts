import { expect, it } from 'vitest';
import { linesInWords, scenarioLines, stepTexts, titlesOf } from './step-texts.ts';

const [older, newer] = ['steps:\n  - { read: a, by: t }\n', '# moved\r\nsteps:\r\n  - { read: b, by: t }\r\n'].map(scenarioLines);
const run = (title: string, scenario_lines: readonly string[] | undefined, line: number) => ({ title, scenario_lines: scenario_lines ?? [], line });

it('has both texts of a step where revisions differ', () => {
  const steps = stepTexts([run('static (run 1)', older, 2), run('static (run 2)', newer, 3), run('rss', older, 2)]);
  expect(steps.map((step) => [step.text, linesInWords(step), titlesOf(step)])).toEqual([
    ['{ read: a, by: t }', 'line 2', ['static (run 1)', 'rss']],
    ['{ read: b, by: t }', 'line 3', ['static (run 2)']],
  ]);
});

it('has one where they agree, with every line on which it stands', () => {
  const [step, ...others] = stepTexts([run('a', older, 2), run('b', ['', '', ...(older ?? [])], 4), run('c', older, 2)]);
  expect(others).toEqual([]);
  expect(step && linesInWords(step)).toBe('line 2 of a, c, line 4 of b');
  expect(step && titlesOf(step)).toEqual(['a', 'c', 'b']);
});

it('has no text before the first step, and of what has no scenario', () => {
  expect(stepTexts([run('ftrace', scenarioLines(null), 12), run('static', older, 0)]).map(({ text }) => text)).toEqual(['']);
});
