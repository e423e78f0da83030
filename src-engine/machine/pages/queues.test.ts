import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyQueue, Links } from './queues.ts';

test('two queues over the same ids behave as two arrays do', () => {
  const step = fc.record({ verb: fc.constantFrom('append', 'remove', 'splice'), id: fc.nat(99), which: fc.nat(1) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const links = new Links();
      links.ensure(100);
      const queues = [emptyQueue(), emptyQueue()] as const;
      const arrays: [number[], number[]] = [[], []];
      for (const { verb, id, which } of steps) {
        const [first, second] = which === 0 ? ([0, 1] as const) : ([1, 0] as const);
        const is_on = arrays[first].includes(id);
        if (verb === 'append' && !is_on && !arrays[second].includes(id)) {
          links.append(queues[first], id);
          arrays[first].push(id);
        } else if (verb === 'remove' && is_on) {
          links.remove(queues[first], id);
          arrays[first] = arrays[first].filter((one) => one !== id);
        } else if (verb === 'splice') {
          links.splice(queues[first], queues[second]);
          arrays[second] = [...arrays[first], ...arrays[second]];
          arrays[first] = [];
        }
        for (const at of [0, 1] as const) {
          expect([...links.ids(queues[at])]).toEqual(arrays[at]);
          expect([queues[at].head, queues[at].tail, queues[at].count]).toEqual([arrays[at][0] ?? -1, arrays[at].at(-1) ?? -1, arrays[at].length]);
        }
      }
    }),
    { seed: 5 },
  );
});
