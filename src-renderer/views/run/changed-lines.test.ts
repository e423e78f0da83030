import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedLines } from './changed-lines.ts';

const shown = (before: readonly string[], after: readonly string[]): { readonly marks: object; readonly removed: object } => {
  const { marks, removed } = changedLines(before.join('\n'), after.join('\n'));
  return { marks: Object.fromEntries(marks), removed: Object.fromEntries(removed) };
};

describe('changedLines', () => {
  it('finds nothing where only space at the ends of lines differs', () => {
    expect(shown(['a  ', 'b'], ['a', 'b\r'])).toEqual({ marks: {}, removed: {} });
  });

  it('tells lines put in from lines changed', () => {
    expect(shown(['a', 'b', 'c'], ['a', 'x', 'b', 'y'])).toEqual({ marks: { 2: 'new', 4: 'changed' }, removed: {} });
  });

  it('says where lines were taken away, at the end too', () => {
    expect(shown(['a', 'b', 'c', 'd'], ['a', 'd'])).toEqual({ marks: {}, removed: { 2: ['b', 'c'] } });
    expect(shown(['a', 'b'], ['a'])).toEqual({ marks: {}, removed: { 2: ['b'] } });
  });

  it('marks one line among equal ones', () => {
    const line = '  - { read: f, by: a }';
    expect(Object.keys(shown([line, line, line], [line, line, line, line]).marks)).toHaveLength(1);
  });

  it('leaves lines that stand in the older text in the same order, and no older line uncounted', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { marks, removed } = changedLines(before.join('\n'), after.join('\n'));
        const kept = after.filter((_, index) => !marks.has(index + 1));
        let at = 0;
        for (const line of kept) {
          at = before.indexOf(line, at) + 1;
          expect(at).toBeGreaterThan(0);
        }
        // Older lines are kept, taken away, or stood where changed ones are now.
        const replaced = [...marks.values()].includes('changed');
        const gone = before.length - kept.length - [...removed.values()].flat().length;
        expect(replaced ? gone >= 1 : gone === 0).toBe(true);
      }),
    );
  });
});
