import { expect, it } from 'vitest';
import { counterCalled, counterLabel, csvName, reportedName, shortName, sqlName } from './counter-names.ts';
import { COUNTER, COUNTERS, COUNTERS_V1, type CounterSpec } from './counters.ts';
import { parseWatch } from './watch-text.ts';

const names = { counters: COUNTERS, containers: [{ id: 0, path: 'pods/a b' }], objects: [] };
const everyName = (spec: CounterSpec): readonly string[] => [
  spec.name,
  counterLabel(spec),
  shortName(counterLabel(spec)),
  reportedName(spec),
  csvName(spec),
  sqlName(spec),
  `${spec.file} ${spec.name}`,
];

it('takes back every name under which a counter is printed, and answers with the one that lists have', () => {
  for (const spec of [...COUNTERS, ...COUNTERS_V1])
    for (const name of everyName(spec)) {
      expect([name, counterCalled(name)?.name]).toEqual([name, spec.name]);
      const read = parseWatch(`pods/a b ${name}`, names);
      expect([name, read]).toEqual([
        name,
        {
          ok: true,
          value: {
            watched: { what: 'counter', container: 0, counter: spec.index },
            condition: { when: 'changes' },
            text: `pods/a b ${counterLabel(COUNTERS[spec.index])}`,
          },
        },
      ]);
    }
});

it('calls no two counters by one name', () => {
  for (const table of [COUNTERS, COUNTERS_V1])
    for (const nameOf of [counterLabel, reportedName, csvName, sqlName]) expect(new Set(table.map(nameOf)).size).toBe(COUNTERS.length);
});

it('tells the events of memory.max from the limit', () => {
  expect(counterLabel(COUNTERS[COUNTER.max])).toBe('events.max');
  expect(counterLabel(COUNTERS[COUNTER.limit_max])).toBe('memory.max');
  expect(['events max', 'memory.events max', 'memory.events.max', 'events_max', 'max'].map((name) => counterCalled(name)?.index)).toEqual(
    Array(5).fill(COUNTER.max),
  );
  expect(['memory.max', 'memory.limit_in_bytes', 'limits.max'].map((name) => counterCalled(name)?.index)).toEqual(Array(3).fill(COUNTER.limit_max));
});
