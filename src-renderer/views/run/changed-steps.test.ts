import { describe, expect, it } from 'vitest';
import type { RunRow, WrittenStep } from '../../../src-main/lab/contract.ts';
import { changedLines } from './changed-lines.ts';
import { changedSpans, changedSteps, nextChangedStep, runOfOtherRevision } from './changed-steps.ts';

const run = (id: number, revision_id: number | null, scenario_id: number | null = 1): RunRow => ({
  id,
  scenario_id,
  scenario_name: 'test',
  revision_id,
  model: 'static',
  source: 'engine',
  status: 'complete',
  event_count: 0,
  step_count: 0,
  access_count: 0,
  end_ns: 0,
  log_sha256: null,
  stored_bytes: 0,
  started_at: '2026-01-01T00:00:00Z',
  wall_ms: 0,
  failed_expectation_count: 0,
  engine_version: null,
  error: null,
});
const saved = (...ids: readonly number[]) => ids.map((id) => ({ id, created_at: '', sha256: '' }));

describe('runOfOtherRevision', () => {
  const runs = [run(1, 10), run(2, 11), run(3, 99), run(4, 12), run(5, 12), run(6, 13), run(7, 10, 2)];
  it('is the last one before of another saved text, however the list is sorted', () => {
    expect(runOfOtherRevision(run(5, 12), [...runs].reverse(), saved(10, 11, 12, 13))?.id).toBe(2);
    expect(runOfOtherRevision(run(6, 13), runs, saved(10, 11, 12, 13))?.id).toBe(5);
  });
  it('is none for the first text, for a text made for the run, and without a scenario', () => {
    expect(runOfOtherRevision(run(1, 10), runs, saved(10, 11))).toBeUndefined();
    expect(runOfOtherRevision(run(3, 99), runs, saved(10, 11))).toBeUndefined();
    expect(runOfOtherRevision(run(8, 10, null), runs, saved(10, 11))).toBeUndefined();
  });
});

describe('changedSteps', () => {
  // 1 read; 2-4 a repeat of the steps on 3 and 4; 5-7 a together.
  const written: readonly WrittenStep[] = [
    { line: 1, ranges: [{ from_line: 1, to_line: 1 }] },
    {
      line: 3,
      ranges: [
        { from_line: 2, to_line: 2 },
        { from_line: 3, to_line: 3 },
      ],
    },
    {
      line: 4,
      ranges: [
        { from_line: 2, to_line: 2 },
        { from_line: 4, to_line: 4 },
      ],
    },
    { line: 5, ranges: [{ from_line: 5, to_line: 7 }] },
  ];
  const step_lines = [1, 3, 4, 3, 4, 3, 4, 5];
  const after = ['read', 'repeat: 3', '- a', '- b', 'together', '- c', '- d', 'models'];
  const steps = (change: (lines: string[]) => void): readonly number[] => {
    const before = [...after];
    change(before);
    return changedSteps(written, step_lines, changedLines(before.join('\n'), after.join('\n')));
  };

  it('takes every round of a step in a repeat', () => {
    expect(steps((before) => before.splice(3, 1, '- older'))).toEqual([2, 4, 6]);
  });
  it('takes all steps of a repeat whose count changed', () => {
    expect(steps((before) => before.splice(1, 1, 'repeat: 2'))).toEqual([1, 2, 3, 4, 5, 6]);
  });
  it('takes a together of which a part changed, or was taken away', () => {
    expect(steps((before) => before.splice(6, 1, '- older'))).toEqual([7]);
    expect(steps((before) => before.splice(6, 0, '- gone'))).toEqual([7]);
  });
  it('takes no step where a line before it was taken away, or one after the steps changed', () => {
    expect(steps((before) => before.splice(4, 0, '- gone'))).toEqual([]);
    expect(steps((before) => before.splice(7, 1, 'older'))).toEqual([]);
  });
});

describe('nextChangedStep', () => {
  it('goes forth and back, back to the begin of the step it is in first', () => {
    const steps = [2, 5];
    expect(nextChangedStep(steps, { step_index: -1, is_begin: false }, 1)).toBe(2);
    expect(nextChangedStep(steps, { step_index: 2, is_begin: true }, 1)).toBe(5);
    expect(nextChangedStep(steps, { step_index: 5, is_begin: false }, 1)).toBeUndefined();
    expect(nextChangedStep(steps, { step_index: 5, is_begin: false }, -1)).toBe(5);
    expect(nextChangedStep(steps, { step_index: 5, is_begin: true }, -1)).toBe(2);
    expect(nextChangedStep(steps, { step_index: 2, is_begin: true }, -1)).toBeUndefined();
  });
});

describe('changedSpans', () => {
  const step_events = [0, 100, 200, 300, 400];
  const spans = (steps: readonly number[], from: number, to: number): readonly (readonly number[])[] =>
    changedSpans(steps, step_events, { from, to }, 100, 500).map(({ x0, x1 }) => [Math.round(x0), Math.round(x1)]);

  it('spans each step to the begin of the next, and the last to the end of the run', () => {
    expect(spans([1, 4], 0, 500)).toEqual([
      [20, 40],
      [80, 100],
    ]);
  });
  it('joins neighbours, and has the step that began before what is in sight', () => {
    expect(spans([1, 2], 0, 500)).toEqual([[20, 60]]);
    expect(spans([1], 150, 250)).toEqual([[0, 50]]);
    expect(spans([1], 200, 250)).toEqual([]);
  });
  it('covers the same pixels as step by step, at any zoom', () => {
    const many = Array.from({ length: 5000 }, (_, index) => index * 3);
    const changed = many.flatMap((_, index) => (index % 7 === 0 || index % 11 < 2 ? [index] : []));
    for (const [from, to] of [
      [0, 15_000],
      [100, 700],
      [14_000, 15_000],
    ] as const) {
      const covered = new Set(
        changedSpans(changed, many, { from, to }, 200, 15_000).flatMap(({ x0, x1 }) =>
          Array.from({ length: Math.ceil(x1) - Math.floor(x0) }, (_, offset) => Math.floor(x0) + offset),
        ),
      );
      for (const step of changed) {
        const middle = ((step * 3 + 1.5 - from) / (to - from)) * 200;
        if (middle >= 0 && middle < 200) expect(covered.has(Math.floor(middle)) || covered.has(Math.floor(middle) - 1)).toBe(true);
      }
    }
  });
});
