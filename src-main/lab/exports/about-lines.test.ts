import { expect, it } from 'vitest';
import { aboutParagraphs } from './about-lines.ts';
import { aboutText } from './report-text.ts';

const read = (about: string): readonly (readonly string[])[] => aboutParagraphs(about).map((lines) => lines.map(({ lead, text }) => lead + text));

it('joins what was broken at a width, and keeps every break that was meant', () => {
  const full = 'word '.repeat(16).trim();
  expect(
    read(
      `${full}\n${full}\nend of it.\nA line of its own.\n\n- first item that is long ${full.slice(25)}\n  and goes on\n- second\n  1. below\n\nstatic: A pays\nrss: both\n`,
    ),
  ).toEqual([
    [`${full} ${full} end of it.`, 'A line of its own.'],
    [`- first item that is long ${full.slice(25)} and goes on`, '- second', '  1. below'],
    ['static: A pays', 'rss: both'],
  ]);
});

it('leaves a short text as it is written', () => {
  expect(read('One.\nTwo and more.\nThree.')).toEqual([['One.', 'Two and more.', 'Three.']]);
  expect(read('')).toEqual([]);
});

it('is folded line by line in the report, items of lists below their text', () => {
  const item = 'An item that is longer than a line of a mail has room for, and so goes on below itself.';
  expect(aboutText(`Short.\n\n- ${item}\n- Two.\nstatic: A pays.`)).toEqual([
    '',
    'Short.',
    '',
    '- An item that is longer than a line of a mail has room for, and so goes',
    '  on below itself.',
    '- Two.',
    'static: A pays.',
  ]);
});
