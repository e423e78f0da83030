import { countersOf } from '../../../src-engine/record/counters.ts';
import type { RunMeta } from '../../../src-engine/record/run.ts';
import { counterText } from '../../lab/counter-text.ts';
import { dyingListed, dyingName, heldTexts } from '../../lab/dying-text.ts';
import type { ContainerCounters } from '../../lab/sample.ts';
import type { DyingReport, ObjectReport, StateReport, TaskReport } from '../../lab/state-report.ts';
import { type TableColumn, tableLines } from '../../lab/table-text.ts';
import { countText, sizeText, TEXT_COLUMNS, wrappedItems } from '../../lab/text.ts';

/** Counters with a column of their own. */
const AMOUNTS = ['current', 'anon', 'file', 'shmem', 'swap'] as const;
const right = (head: string): TableColumn => ({ head, right: true });
const INDENT = '    ';
/** Files of cgroupfs that limits are written to, by the names of a run's hierarchy. */
const limitFiles = (meta: Pick<RunMeta, 'source' | 'model'>): ReadonlyMap<string, string> =>
  new Map(
    countersOf(meta)
      .filter(({ file }) => file === 'limit')
      .map(({ name, meaning }) => [name.slice('limit_'.length), meaning]),
  );
const valueText = (name: string, value: number): string => counterText(name)(value);
const number = (value: ContainerCounters[string] | undefined): number => (typeof value === 'number' ? value : 0);

/** Counters of a container that have no column and are not zero, and its limits: `inactive_file 4MiB`, `pgscan 32`, `memory.max 40MiB`. */
function otherCounters({ events, limits, ...plain }: ContainerCounters, files: ReadonlyMap<string, string>): string[] {
  const stat = Object.entries(plain).flatMap(([name, value]) =>
    number(value) === 0 || (AMOUNTS as readonly string[]).includes(name) ? [] : [`${name} ${valueText(name, number(value))}`],
  );
  const counted = Object.entries(events).flatMap(([name, count]) => (count === 0 ? [] : [`events.${name} ${countText(count)}`]));
  const limited = Object.entries(limits).flatMap(([name, value]) => (value === 'max' || value === 0 ? [] : [`${files.get(name) ?? name} ${sizeText(value)}`]));
  return [...stat, ...counted, ...limited];
}

function containerLines(containers: StateReport['containers'], files: ReadonlyMap<string, string>): string[] {
  const entries = Object.entries(containers);
  const [head = '', ...rows] = tableLines(
    [{ head: 'container', width_max: 22 }, ...AMOUNTS.map(right)],
    entries.map(([path, counters]) => [path, ...AMOUNTS.map((name) => (counters[name] === undefined ? '-' : sizeText(number(counters[name]))))]),
  );
  return [
    head,
    ...entries.flatMap(([, counters], index) => {
      const others = otherCounters(counters, files);
      return [rows[index] ?? '', ...(others.length === 0 ? [] : [wrappedItems(others, TEXT_COLUMNS, INDENT)])];
    }),
  ];
}

/** Dying containers that are listed one by one. */
const DYING_LISTED_MAX = 20;

/** Removed containers that something is still charged to, those with most first, up to `listed_max` of them. */
export const dyingLines = (dying: readonly DyingReport[], listed_max = DYING_LISTED_MAX): readonly string[] =>
  dyingListed(dying, listed_max, (listed) =>
    tableLines(
      [{ head: 'dying container', width_max: 22 }, ...AMOUNTS.map(right), { head: '' }],
      listed.map((one) => [dyingName(one), ...AMOUNTS.map((name) => sizeText(number(one.counters[name]))), heldTexts(one, AMOUNTS).join(', ')]),
    ),
  );

const amounts = (of: Readonly<Record<string, number>>): string[] => Object.entries(of).map(([name, bytes]) => `${name} ${sizeText(bytes)}`);

function objectLines(objects: readonly ObjectReport[]): string[] {
  const [head = '', ...rows] = tableLines(
    [{ head: 'object', width_max: 22 }, { head: 'kind' }, right('size'), right('resident'), right('mapped'), right('swapped')],
    objects.map(({ name, kind, size, resident, mapped, swapped }) => [name, kind, sizeText(size), sizeText(resident), sizeText(mapped), sizeText(swapped)]),
  );
  return [
    head,
    ...objects.flatMap(({ owners, mapped_by }, index) => {
      const [payers, mappers] = [amounts(owners), amounts(mapped_by)];
      return [
        rows[index] ?? '',
        ...(payers.length === 0 ? [] : [wrappedItems(payers, TEXT_COLUMNS, INDENT, 'charged to ')]),
        ...(mappers.length === 0 ? [] : [wrappedItems(mappers, TEXT_COLUMNS, INDENT, 'mapped by ')]),
      ];
    }),
  ];
}

function taskLines(tasks: StateReport['tasks']): string[] {
  const entries = Object.entries(tasks);
  const count = (value: number): string => (value === 0 ? '' : countText(value));
  const rows = entries.flatMap(([name, task]) => [
    [name, task.alive ? 'alive' : 'gone', task.container, sizeText(task.rss), count(task.nr_scanned), count(task.nr_reclaimed)],
    ...lruRows(task),
  ]);
  return tableLines(
    [{ head: 'task', width_max: 28 }, { head: '' }, { head: 'container', width_max: 16 }, right('rss'), right('scanned'), right('reclaimed')],
    rows,
  );
}

const lruRows = ({ lru }: TaskReport): string[][] =>
  Object.entries(lru).flatMap(([list, priorities]) =>
    // Integer keys come in ascending order; reclaim starts at 12.
    Object.entries(priorities)
      .toReversed()
      .map(([priority, { nr_scanned, nr_reclaimed }]) => [`  ${list}, priority ${priority}`, '', '', '', countText(nr_scanned), countText(nr_reclaimed)]),
  );

/** A moment of a run as text: containers with every counter that is not zero, objects, tasks, costs. */
export function stateText(state: StateReport, meta: Pick<RunMeta, 'source' | 'model'>): string {
  const costs = Object.entries(state.costs).filter(([, cost]) => cost !== 0);
  const sections = [
    containerLines(state.containers, limitFiles(meta)),
    ...(state.dying.length === 0 ? [] : [dyingLines(state.dying)]),
    ...(state.objects.length === 0 ? [] : [objectLines(state.objects)]),
    ...(Object.keys(state.tasks).length === 0 ? [] : [taskLines(state.tasks)]),
    ...(costs.length === 0
      ? []
      : [
          [
            wrappedItems(
              costs.map(([name, cost]) => `${name} ${countText(cost)}`),
              TEXT_COLUMNS,
              '',
              'costs: ',
            ),
          ],
        ]),
  ];
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}
