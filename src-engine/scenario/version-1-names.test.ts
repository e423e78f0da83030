import { describe, expect, it } from 'vitest';
import { COUNTER, COUNTERS, COUNTERS_V1, countersOf, isOfVersion1 } from '../record/counters.ts';
import { describeEvent } from '../record/describe-event.ts';
import { type EventRow, KIND, RECLAIM_REASON } from '../record/events.ts';
import { createRunWords } from '../record/run-words.ts';
import { parseWatch } from '../record/watch-text.ts';
import { PRESETS } from './presets.ts';

const engine = (model: string) => ({ source: 'engine', model });

describe('the names of version 1', () => {
  it('are those of a run under a preset of version 1, of a kernel or tree of version 1, or with its limits', () => {
    for (const { id, parameters } of PRESETS) expect(isOfVersion1(engine(id)), id).toBe(parameters?.limits === 'v1');
    expect(isOfVersion1(engine('memcg-v1,tcp=limited'))).toBe(true);
    expect(isOfVersion1(engine('memcg-v1,limits=v2'))).toBe(false);
    expect(isOfVersion1(engine('pages=static,kernel=none,limits=v1'))).toBe(true);
    expect(isOfVersion1({ source: 'kernel', model: 'linux 6.1.0-9 v1 memcg' })).toBe(true);
    expect(isOfVersion1({ source: 'kernel', model: 'linux 6.1.0-9' })).toBe(false);
    expect(isOfVersion1({ source: 'trace', model: 'cgroup v1' })).toBe(true);
    expect(isOfVersion1({ source: 'trace', model: 'ftrace' })).toBe(false);
  });

  it('stand at the same places', () => {
    expect(COUNTERS_V1.map(({ index, name }) => [index, name])).toEqual(COUNTERS.map(({ index, name }) => [index, name]));
    expect(countersOf(engine('memcg-v1'))[COUNTER.limit_max].meaning).toBe('memory.limit_in_bytes');
    expect(countersOf(engine('memcg-v2'))[COUNTER.limit_max].meaning).toBe('memory.max');
  });

  it('are what events say of limits, and what a watch may ask for', () => {
    const wordsOf = (model: string) =>
      createRunWords(
        { source: 'engine', model, charge_shift: 0, seed: 1, memory_pages: 1, engine_version: '2' },
        { tasks: [], objects: [], containers: [], samples: [] },
        { containers: [], objects: [], tasks: [] },
      );
    const event: EventRow = { index: 0, kind: KIND.reclaim_begin, flags: RECLAIM_REASON.max, task: 0, container: 0, page: 0, a: 0, b: 0, dt_ns: 0 };
    const told = (model: string) => describeEvent(event, wordsOf(model));
    expect(told('memcg-v1')).toBe('memory.limit_in_bytes hit');
    expect(told('memcg-v2')).toBe('memory.max hit');
    for (const [counters, name] of [
      [COUNTERS_V1, 'memory.limit_in_bytes'],
      [COUNTERS, 'memory.max'],
    ] as const)
      expect(parseWatch('A memory.limit_in_bytes', { counters, containers: [{ id: 1, path: 'A' }], objects: [] })).toMatchObject({
        value: { watched: { what: 'counter', container: 1, counter: COUNTER.limit_max }, text: `A ${name}` },
      });
  });
});
