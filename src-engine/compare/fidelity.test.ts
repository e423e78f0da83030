import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fidelityOf, type ReadCounters, type ReadRun, toleranceOf } from './fidelity.ts';
import { fidelityMarkdown, fidelityPlainText } from './fidelity-export.ts';

const PAGE = 4096;

const run = (name: string, containers: Readonly<Record<string, ReadCounters>>, tasks: Readonly<Record<string, string>> = {}): ReadRun => ({
  name,
  samples: [{ sample: 's', step: 3, containers, tasks }],
});
const compared = (kernel: ReadCounters, model: ReadCounters, tasks: Readonly<Record<string, string>> = { t: 'A' }) =>
  fidelityOf(run('linux', { A: kernel }), run('static', { A: model }, tasks));
const cellOf = (kernel: ReadCounters, model: ReadCounters, counter: string) =>
  compared(kernel, model).samples[0]?.cells.find((cell) => cell.counter === counter);

describe('fidelityOf', () => {
  it('counts cells that both have read and that are not 0 in both', () => {
    const { cell_count, exact_count, matched_count, parting, worst } = compared(
      { file: 64 * PAGE, anon: 0, pgscan: null, shmem: 8 * PAGE },
      { file: 64 * PAGE, anon: 0, pgscan: 12, pgsteal: 3, shmem: 8 * PAGE },
    );
    expect({ cell_count, exact_count, matched_count, parting }).toEqual({ cell_count: 2, exact_count: 2, matched_count: 2, parting: null });
    expect(worst?.difference).toBe(0);
  });

  it('leaves the root out and names containers that only one of the two has', () => {
    const [sample] = fidelityOf(run('linux', { '.': { file: PAGE }, A: {} }), run('static', { '.': { file: 0 }, B: {} })).samples;
    expect(sample).toMatchObject({ cells: [], only_kernel: ['A'], only_model: ['B'] });
  });

  it('tolerates 96 pages or 3 %, whichever is more, and nothing where kernels repeat to the last unit', () => {
    expect(toleranceOf('file', 'bytes', 100 * PAGE)).toBe(96 * PAGE);
    expect(toleranceOf('file', 'bytes', 10_000 * PAGE)).toBe(300 * PAGE);
    expect(toleranceOf('pgscan', 'count', 10_000)).toBe(300);
    expect(cellOf({ file: 196 * PAGE }, { file: 100 * PAGE }, 'file')?.verdict).toBe('within');
    expect(cellOf({ file: 197 * PAGE }, { file: 100 * PAGE }, 'file')?.verdict).toBe('outside');
    expect(cellOf({ 'events.oom_kill': 1 }, { 'events.oom_kill': 2 }, 'events.oom_kill')?.verdict).toBe('outside');
  });

  it('names as worst the cell furthest outside, by its own tolerance, and the first sample that parts', () => {
    const { worst, parting } = compared({ file: 400 * PAGE, pgscan: 5000 }, { file: 100 * PAGE, pgscan: 300 });
    expect(worst).toMatchObject({ counter: 'pgscan', sample: 's', step: 3 });
    expect(parting).toMatchObject({ step: 3, cell: { counter: 'file' }, first_event: null });
  });

  it('says which samples only one of the two has taken', () => {
    const other: ReadRun = { name: 'static', samples: [{ sample: 'other', step: 3, containers: {}, tasks: {} }] };
    expect(fidelityOf(run('linux', {}), other).unpaired_samples.toSorted()).toEqual(['other', 's']);
  });
});

describe('slack', () => {
  it('takes a difference of current apart by what the kernel’s own files say', () => {
    const kernel = { current: 2130 * PAGE, anon: 22 * PAGE, file: 2048 * PAGE, kernel: 9 * PAGE };
    const cell = cellOf(kernel, { current: 2048 * PAGE, file: 2048 * PAGE, anon: 0, kernel: 0 }, 'current');
    expect(cell?.slack).toEqual([
      { cause: 'task start-up', amount: 22 * PAGE },
      { cause: 'kernel memory', amount: 9 * PAGE },
      { cause: 'charge batch', amount: 51 * PAGE },
    ]);
    expect(cell?.unexplained).toBe(0);
  });

  it('explains no more than a cause can amount to', () => {
    const cell = cellOf({ anon: 200 * PAGE }, { anon: 0 }, 'anon');
    expect(cell).toMatchObject({ slack: [{ cause: 'task start-up', amount: 30 * PAGE }], unexplained: 170 * PAGE });
    expect(cellOf({ pgscan: 70 }, { pgscan: 10 }, 'pgscan')?.slack).toEqual([{ cause: 'late statistics', amount: 60 }]);
    expect(cellOf({ pgscan: 1000 }, { pgscan: 10 }, 'pgscan')).toMatchObject({ slack: [], unexplained: 990 });
  });

  it('never changes the verdict, and parts and rest always make up the difference', () => {
    const counters = fc.record({
      current: fc.nat(5000),
      peak: fc.nat(5000),
      anon: fc.nat(5000),
      file: fc.nat(5000),
      kernel: fc.nat(500),
      inactive_file: fc.nat(5000),
      active_anon: fc.nat(5000),
    });
    const inBytes = (pages: Readonly<Record<string, number>>): ReadCounters =>
      Object.fromEntries(Object.entries(pages).map(([key, value]) => [key, value * PAGE]));
    fc.assert(
      fc.property(counters, counters, (kernel, model) => {
        for (const cell of compared(inBytes(kernel), inBytes(model)).samples[0]?.cells ?? []) {
          expect(cell.slack.reduce((sum, { amount }) => sum + amount, cell.unexplained)).toBe(cell.kernel - cell.model);
          expect(cell.verdict === 'outside').toBe(Math.abs(cell.kernel - cell.model) > cell.tolerance);
        }
      }),
    );
  });
});

describe('the comparison as text', () => {
  const fidelity = compared(
    { current: 2130 * PAGE, file: 2048 * PAGE, anon: 22 * PAGE, pgscan: 5000 },
    { current: 2048 * PAGE, file: 2048 * PAGE, anon: 0, pgscan: 0 },
  );

  it('keeps to 72 columns and says every cell', () => {
    const text = fidelityPlainText(fidelity);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(72);
    expect(text).toContain('3 of 4 cells agree, 1 of them exactly');
    expect(text).toMatch(/^! A pgscan {2,}5,000 {2,}0 {2,}\+5,000$/m);
    expect(text).toMatch(/^= A file {2,}2,048 p {2,}2,048 p$/m);
  });

  it('is a table in Markdown', () => {
    expect(fidelityMarkdown(fidelity)).toContain('| ~ | `A` | `current` | 2,130 p | 2,048 p | +82 p | task start-up +22 p, charge batch +60 p |');
  });
});
