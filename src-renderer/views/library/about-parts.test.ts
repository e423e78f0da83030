import { expect, test } from 'vitest';
import { aboutParts } from './about-parts.ts';

test('readings of known models are taken out of the prose', () => {
  expect(aboutParts('Who pays?\nstatic: the first toucher.\nNote: not a model.\n', new Set(['static', 'rss']))).toEqual({
    prose: 'Who pays?\nNote: not a model.',
    readings: [{ model: 'static', text: 'the first toucher.' }],
  });
});
