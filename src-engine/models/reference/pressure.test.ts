import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Accounts } from '../../containers/accounts.ts';
import { Dying } from '../../containers/dying.ts';
import { ContainerTree } from '../../containers/tree.ts';
import { Pressure } from '../../machine/pressure/pressure.ts';
import { COUNTER } from '../../record/counters.ts';
import { EventLog } from '../../record/event-log.ts';
import { createColumns } from '../../record/events.ts';
import { naiveStalls, type TaskTime } from './pressure.ts';

const PATHS = ['.', 'A', 'A/B', 'C'];
const PARENTS = [-1, 0, 1, 0];
const GROUPS = [['.'], ['.', 'A'], ['.', 'A', 'A/B'], ['.', 'C']];
const CPU_COUNT = 3;
/** Tasks 0 to 5: container and processor. */
const TASKS = [2, 2, 1, 3, 3, 2].map((container, task) => ({ container, cpu: task % CPU_COUNT }));

test('stalls of tasks on several processors are those of the plain model, read after every change', () => {
  const step = fc.record({
    task: fc.nat(TASKS.length - 1),
    what: fc.constantFrom('runs', 'rests', 'reclaims', 'sleeps', 'reads'),
    lasts_us: fc.integer({ min: 1, max: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const log = new EventLog({ seal: () => createColumns(), sample: () => {} });
      const tree = new ContainerTree();
      const dying = new Dying(
        tree,
        log,
        () => false,
        () => {},
      );
      const accounts = new Accounts(tree, log, dying, () => 1);
      const pressure = new Pressure(tree, accounts, log, TASKS.length, (task) => TASKS[task].cpu);
      for (const [id, path] of PATHS.entries()) pressure.create(tree.create(path, id, PARENTS[id]));

      const times: TaskTime[] = [];
      const running_since = new Map<number, number>();
      const note = (task: number, from_ns: number, doing: TaskTime['doing']): void => {
        if (log.now_ns > from_ns) times.push({ groups: GROUPS[TASKS[task].container], cpu: TASKS[task].cpu, from_ns, to_ns: log.now_ns, doing });
      };
      const cut = (task: number, doing: TaskTime['doing'] = 'running', from_ns = running_since.get(task) ?? log.now_ns): void => {
        note(task, from_ns, doing);
        running_since.set(task, log.now_ns);
      };
      const read_ns = PATHS.map(() => -1);
      const expected = PATHS.map(() => ({ some_ns: 0, full_ns: 0 }));
      const read = (): void => {
        for (const task of running_since.keys()) cut(task);
        pressure.read();
        PATHS.forEach((path, id) => {
          if (read_ns[id] === -1) return;
          const { some_ns, full_ns } = naiveStalls(times, path, read_ns[id], log.now_ns);
          expected[id].some_ns += some_ns;
          expected[id].full_ns += full_ns;
          read_ns[id] = log.now_ns;
          expect([path, tree.local(id, COUNTER.psi_some_total), tree.local(id, COUNTER.psi_full_total)]).toEqual([
            path,
            Math.floor(expected[id].some_ns / 1000),
            Math.floor(expected[id].full_ns / 1000),
          ]);
        });
      };
      for (const { task, what, lasts_us } of steps) {
        const { container } = TASKS[task];
        const is_running = running_since.has(task);
        if (what === 'runs') {
          pressure.runs(task, container);
          if (!is_running) running_since.set(task, log.now_ns);
          log.now_ns += lasts_us * 1000;
        } else if (what === 'rests') {
          pressure.rests(task);
          if (is_running) cut(task);
          running_since.delete(task);
          log.now_ns += lasts_us * 1000;
        } else if (is_running && what !== 'reads') {
          // A group's time counts from its first stall on.
          for (let id = container; id !== -1; id = PARENTS[id]) if (read_ns[id] === -1) read_ns[id] = log.now_ns;
          cut(task);
          const from_ns = log.now_ns;
          if (what === 'reclaims') pressure.enter(task);
          log.now_ns += lasts_us * 1000;
          if (what === 'reclaims') pressure.leave(task);
          else pressure.slept(task, from_ns);
          cut(task, what === 'reclaims' ? 'reclaiming' : 'asleep', from_ns);
        }
        read();
      }
    }),
    { numRuns: 150 },
  );
});
