import { describe, expect, test } from 'vitest';
import { judgeAttack, type VictimRecord } from './attacks.ts';

const NOTHING = { charged_bytes: 0, peak_bytes: 0, stall_ns: 0, refaults: 0, kills: 0, failures: 0, dropped_bytes: 0, sent_bytes: 0 };
const record = (...steps: readonly Partial<VictimRecord[number]>[]): VictimRecord => steps.map((step) => ({ ...NOTHING, ...step }));

describe('the verdict of an attack', () => {
  test('runs alike: not harmed', () => {
    const run = record({ charged_bytes: 8192 }, { charged_bytes: 4096, peak_bytes: 8192 });
    expect(judgeAttack(run, run)).toMatchObject({ verdict: 'not-harmed', because: null, step_index: null });
  });

  test('the gravest loss decides, and its first step is told', () => {
    const run = record({ stall_ns: 5e6 }, { stall_ns: 9e6, kills: 1 }, { stall_ns: 9e6, kills: 1 });
    const held_back = record({}, {}, { stall_ns: 1e6 });
    expect(judgeAttack(run, held_back)).toMatchObject({ verdict: 'harmed', because: 'kills', step_index: 1, loss: { kills: 1, stall_ns: 8e6 } });
  });

  test('what the attack spares the victim is no loss', () => {
    const verdict = judgeAttack(record({ stall_ns: 1e6, charged_bytes: 0 }), record({ stall_ns: 9e6, charged_bytes: 1e9 }));
    expect(verdict).toMatchObject({ verdict: 'not-harmed', loss: { stall_ns: 0, charged_end_bytes: 0 } });
  });

  test.each([
    ['64 pages more', { charged_bytes: 64 * 4096 }, null],
    ['65 pages more', { charged_bytes: 65 * 4096 }, 'charged_end_bytes'],
    ['65 pages more at the peak', { peak_bytes: 65 * 4096 }, 'charged_peak_bytes'],
    ['a millisecond', { stall_ns: 1_000_000 }, null],
    ['more than a millisecond', { stall_ns: 1_000_001 }, 'stall_ns'],
    ['one operation', { failures: 1 }, 'failures'],
    ['one byte dropped', { dropped_bytes: 1 }, 'dropped_bytes'],
    ['refaults that cost nothing', { refaults: 10_000 }, null],
  ])('%s', (_, loss, because) => {
    expect(judgeAttack(record(loss), record({})).because).toBe(because);
  });

  test('bytes that were not taken count against those that were without the attack', () => {
    expect(judgeAttack(record({ sent_bytes: 100 }), record({ sent_bytes: 150 }))).toMatchObject({ because: 'unsent_bytes', loss: { unsent_bytes: 50 } });
  });
});
