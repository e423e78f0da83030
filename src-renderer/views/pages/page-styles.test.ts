import { describe, expect, it } from 'vitest';
import { PAGE_MAP_MODES, PAGE_VALUE } from '../../../src-engine/record/page-values.ts';
import { isInked, lettersOf, PATTERN_COUNT, partsOf, type StyleContext, styleOf } from './page-styles.ts';

const palette = {
  series: ['rgb(1, 0, 0)', 'rgb(2, 0, 0)', 'rgb(3, 0, 0)', 'rgb(4, 0, 0)', 'rgb(5, 0, 0)', 'rgb(6, 0, 0)', 'rgb(7, 0, 0)', 'rgb(8, 0, 0)'],
  background: 'rgb(255, 255, 255)',
  text: 'rgb(0, 0, 0)',
  text_muted: 'rgb(99, 99, 99)',
  line: 'rgb(220, 220, 220)',
  accent: 'rgb(0, 0, 255)',
};
const ids = Array.from({ length: 63 }, (_, index) => index);
const context: StyleContext = {
  mode: 'owner',
  palette,
  paths: new Map(ids.map((id) => [id, id === 0 ? '.' : `pods/p${id}`])),
  places: new Map(ids.map((id) => [id, id])),
  letters: new Map(),
};

describe('styleOf', () => {
  it('tells 63 containers apart, by colour and pattern together', () => {
    const looks = ids.map((id) => `${styleOf(id, context).colour} ${styleOf(id, context).pattern}`);
    expect(new Set(looks).size).toBe(63);
  });

  it('has a label for every special value in every mode', () => {
    for (const mode of PAGE_MAP_MODES) {
      const labels = Object.values(PAGE_VALUE).map((value) => styleOf(value, { ...context, mode }).label);
      expect(new Set(labels).size).toBe(labels.length);
    }
  });

  it('says what an age is in events', () => {
    expect([0, 1, 10].map((value) => styleOf(value, { ...context, mode: 'age' }).label)).toEqual([
      '0 events',
      '1 to 2 events',
      '1\u202f023 to 2\u202f046 events',
    ]);
  });
});

it('patterns differ from one another', () => {
  const drawn = Array.from({ length: PATTERN_COUNT }, (_, pattern) =>
    Array.from({ length: 144 }, (_, at) => (isInked(pattern, at % 12, Math.floor(at / 12)) ? '#' : ' ')).join(''),
  );
  expect(new Set(drawn).size).toBe(PATTERN_COUNT);
});

it('letters are short and no two containers share them', () => {
  const letters = lettersOf(
    new Map([
      [0, '.'],
      [1, 'A'],
      [2, 'B'],
      [3, 'pods/web1'],
      [4, 'pods/web2'],
    ]),
  );
  expect([...letters.values()]).toEqual(['.', 'A', 'B', '3', '4']);
});

it('reads the colours that the browser computes', () => {
  expect(partsOf('rgba(12, 34, 56, 0.5)')).toEqual([12, 34, 56]);
});
