import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatScenario, lintScenario } from './edit.ts';
import { EVERY_VERB, programOf, withSteps } from './test-scenario.ts';

const formatted = (text: string): string => {
  const result = formatScenario(text);
  if (!result.ok) throw new Error('not YAML');
  return result.value;
};

/** A program without its lines, which a new layout may move. */
const meaning = (text: string): unknown => JSON.parse(JSON.stringify(programOf(text), (key, value) => (key === 'line' ? undefined : value)));

describe('formatScenario', () => {
  test('keeps comments, blank lines and order', () => {
    const text = '# who pays?\nmemledger: 1 # the format\nname: x\n\nsteps:\n    # first\n    - {exit:   a}   # gone\n';
    expect(formatted(text)).toBe('# who pays?\nmemledger: 1 # the format\nname: x\n\nsteps:\n  # first\n  - { exit: a } # gone\n');
  });

  test('puts the version first', () => {
    expect(formatted('name: x\nmemledger: 1\n')).toBe('memledger: 1\nname: x\n');
  });

  test('writes lists tight and maps wide, as people do', () => {
    expect(formatted('memledger: 1\nmodels: [ static,rss ]\nlists: [[a ], [ ], "[ b ]", [ {x: [1 ,2]} ]] # [ c ]\nsteps: [\n  { sample: end }\n]\n')).toBe(
      'memledger: 1\nmodels: [static, rss]\nlists: [[a], [], "[ b ]", [ { x: [1, 2] } ]] # [ c ]\nsteps: [ { sample: end } ]\n',
    );
  });

  test('does nothing the second time', () => {
    expect(formatted(formatted(EVERY_VERB))).toBe(formatted(EVERY_VERB));
  });

  test('refuses what is not YAML', () => {
    expect(formatScenario('steps: [').ok).toBe(false);
    expect(formatScenario('a: 1\na: 2\n').ok).toBe(false);
  });

  test('never changes what a scenario means', () => {
    expect(meaning(formatted(EVERY_VERB))).toEqual(meaning(EVERY_VERB));
    const gap = fc.constantFrom(' ', '  ', '   ');
    const size = fc.constantFrom('4096', '4K', '"8KiB"', '1 MiB');
    const step = fc.oneof(
      fc.tuple(gap, size).map(([space, bytes]) => `{${space}alloc: heap,${space}by: a, size:${space}${bytes} }${space}# comment`),
      fc.tuple(gap, fc.nat(9)).map(([space, pages]) => `{ read: shared,${space}by: b, range: ${pages * 4096}..${(pages + 1) * 4096}${space}}`),
      fc
        .tuple(fc.nat(20), size)
        .map(([count, bytes]) => `repeat: ${count}\n    steps:\n    - { reclaim: A, size: ${bytes} }\n    # a comment of its own\n    - {sample: "s"}`),
      fc.constant('expect:\n      A:\n        current: 8MiB ±1%'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const text = withSteps(...steps);
        expect(meaning(formatted(text))).toEqual(meaning(text));
      }),
    );
  });
});

describe('lintScenario', () => {
  test('marks the text of each error', () => {
    const text = withSteps('{ raed: shared, by: a }', '{ read: shard, by: a }');
    expect(lintScenario(text).map(({ from, to }) => text.slice(from, to))).toEqual(['raed', 'shard']);
  });

  test('marks lie inside any text', () => {
    fc.assert(
      fc.property(fc.nat(EVERY_VERB.length), fc.nat(40), fc.string({ maxLength: 5 }), (at, length, inserted) => {
        const text = EVERY_VERB.slice(0, at) + inserted + EVERY_VERB.slice(at + length);
        for (const { from, to } of lintScenario(text)) {
          expect(from).toBeLessThanOrEqual(to);
          expect(to).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a scenario without errors has no marks', () => {
    expect(lintScenario(EVERY_VERB)).toEqual([]);
  });
});
