import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { trace } from './agreement.ts';
import { ProgramBuilder, type Setting } from './program-builder.ts';

/** What comes in chunks, hugetlb and dma-buf, held against a replay of its rules over plain sets: nothing of it can be reclaimed, so that all is known. */

const HUGE_PAGE = 512;
const HUGE_PAGES = 3;
const BUFFER_PAGES = 40;
/** Two huge pages and the buffer fit, a third huge page does not. */
const MAX_OF_A = 2 * HUGE_PAGE + BUFFER_PAGES + 100;
const TASKS = { a: 'A', a2: 'A', b: 'B' } as const;
type TaskName = keyof typeof TASKS;

const settingOf = (lends: boolean): Setting => ({
  machine: { memory_pages: 4096 },
  containers: {
    A: lends ? { smemcg: [0, 1].map((object) => ({ object, borrow_max_pages: UNLIMITED_PAGES })) } : { max_pages: MAX_OF_A },
    B: lends ? { smemcg: [{ object: 0, borrow_max_pages: HUGE_PAGE }] } : {},
  },
  objects: [
    { kind: 'hugetlb', name: 'huge', page_count: HUGE_PAGES * HUGE_PAGE },
    { kind: 'dma-buf', name: 'buffer', page_count: BUFFER_PAGES },
  ],
  tasks: TASKS,
  areas: ['huge', 'buffer'],
});

type Action =
  | { readonly kind: 'huge'; readonly task: TaskName; readonly index: number }
  | { readonly kind: 'buffer'; readonly task: TaskName; readonly index: number }
  | { readonly kind: 'drop'; readonly task: TaskName }
  | { readonly kind: 'exit'; readonly task: TaskName }
  | { readonly kind: 'truncate'; readonly task: TaskName }
  | { readonly kind: 'move'; readonly task: TaskName; readonly to: 'A' | 'B' };

const task = fc.constantFrom(...(Object.keys(TASKS) as TaskName[]));
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('huge' as const), task, index: fc.nat(HUGE_PAGES * HUGE_PAGE - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('buffer' as const), task, index: fc.nat(BUFFER_PAGES - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), task }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('exit' as const), task }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), task }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), task, to: fc.constantFrom('A' as const, 'B' as const) }) },
);

const HUGE_CHUNKS = Array.from({ length: HUGE_PAGES }, (_, index) => `huge ${index}`);

/** The rules over plain sets. The first task to map the huge pages has reserved them all. */
class Sets {
  readonly home = new Map<TaskName, 'A' | 'B'>(Object.entries(TASKS) as [TaskName, 'A' | 'B'][]);
  /** Chunks by name (`huge 0`, `buffer`) with the container that brought each in. */
  readonly owners = new Map<string, 'A' | 'B'>();
  /** Huge pages with the container that reserved each, or was charged for it without. */
  readonly reserved = new Map<string, 'A' | 'B'>(HUGE_CHUNKS.map((chunk) => [chunk, 'A']));
  /** `task huge 0` and `task page 7`. */
  readonly mapped = new Set<string>();
  private readonly lends: boolean;

  constructor(lends: boolean) {
    this.lends = lends;
  }

  do(action: Action): void {
    if (action.kind === 'truncate') return this.truncate();
    const home = this.home.get(action.task);
    if (home === undefined) return;
    if (action.kind === 'move') this.home.set(action.task, action.to);
    else if (action.kind === 'exit') this.die(action.task);
    else if (action.kind === 'drop') {
      this.unmap(action.task);
      for (const chunk of HUGE_CHUNKS) if (!this.reserved.has(chunk)) this.reserved.set(chunk, home);
    } else if (action.kind === 'buffer') {
      if (!this.owners.has('buffer')) this.owners.set('buffer', home);
      this.mapped.add(`${action.task} page ${action.index}`);
    } else this.touchHuge(action.task, home, `huge ${Math.floor(action.index / HUGE_PAGE)}`);
  }

  private touchHuge(name: TaskName, home: 'A' | 'B', chunk: string): void {
    const is_new_loan = ![...this.borrowed(home)].includes(chunk);
    if (this.lends && home === 'B' && is_new_loan && this.borrowedPages('B') + HUGE_PAGE > HUGE_PAGE) return;
    if (!this.owners.has(chunk)) {
      // A fault that finds no room is a SIGBUS.
      if (!this.lends && home === 'A' && this.ownedPages('A') + HUGE_PAGE > MAX_OF_A) return this.die(name);
      this.owners.set(chunk, home);
      if (!this.reserved.has(chunk)) this.reserved.set(chunk, home);
    }
    this.mapped.add(`${name} ${chunk}`);
  }

  private truncate(): void {
    this.reserved.clear();
    for (const chunk of HUGE_CHUNKS) this.owners.delete(chunk);
    for (const entry of this.mapped) if (entry.includes(' huge ')) this.mapped.delete(entry);
  }

  /** Pages that the controller counts for a container, faulted in and reserved. */
  hugetlb(container: 'A' | 'B'): readonly [number, number] {
    const pages = (chunks: ReadonlyMap<string, 'A' | 'B'>): number =>
      HUGE_PAGE * [...chunks].filter(([chunk, owner]) => chunk.startsWith('huge') && owner === container).length;
    return [pages(this.owners), pages(this.reserved)];
  }

  private die(name: TaskName): void {
    this.unmap(name);
    this.home.delete(name);
  }

  private unmap(name: TaskName): void {
    for (const entry of this.mapped) if (entry.startsWith(`${name} `)) this.mapped.delete(entry);
  }

  ownedPages(container?: 'A' | 'B'): number {
    let pages = 0;
    for (const [chunk, owner] of this.owners) if (container === undefined || owner === container) pages += chunk === 'buffer' ? BUFFER_PAGES : HUGE_PAGE;
    return pages;
  }

  /** Huge pages and pages of the buffer that a container has on loan; B has not attached the buffer. */
  borrowed(container: 'A' | 'B'): ReadonlySet<string> {
    const things = [...this.mapped]
      .filter((entry) => this.home.get(entry.split(' ')[0] as TaskName) === container)
      .map((entry) => entry.slice(entry.indexOf(' ') + 1));
    return new Set(container === 'A' ? things : things.filter((thing) => thing.startsWith('huge')));
  }

  borrowedPages(container: 'A' | 'B'): number {
    return [...this.borrowed(container)].reduce((pages, thing) => pages + (thing.startsWith('huge') ? HUGE_PAGE : 1), 0);
  }
}

test.each(['static', 'pages=smemcg'])('%s: chunks come and are mapped whole or not at all', { timeout: 120_000 }, (model) => {
  const lends = model !== 'static';
  const builder = new ProgramBuilder(settingOf(lends));
  const maps = (name: TaskName): Op[] => [builder.map(name, 'huge', 'huge'), builder.map(name, 'buffer', 'buffer')];
  const opsOf = (done: Action): readonly Op[] => {
    if (done.kind === 'huge' || done.kind === 'buffer') return [builder.load('touch', done.task, done.kind, done.index)];
    if (done.kind === 'move') return [builder.move(done.task, done.to)];
    if (done.kind === 'truncate') return [builder.truncate('huge')];
    // Mapping a name anew takes the old mapping away.
    return done.kind === 'exit' ? [builder.exit(done.task)] : maps(done.task);
  };
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 25, size: 'max' }), (actions) => {
      const prologue = (Object.keys(TASKS) as TaskName[]).flatMap(maps);
      const groups = actions.map(opsOf);
      const { samples } = trace(builder.build([...prologue, ...groups.flat()]), model);
      const sets = new Sets(lends);
      let step = prologue.length - 1;
      for (const [index, done] of actions.entries()) {
        sets.do(done);
        step += groups[index]?.length ?? 0;
        const sample = samples[step];
        const of = (path: string, counter: number): number | undefined => sample?.containers.find((container) => container.path === path)?.counters[counter];
        const current = (container: 'A' | 'B'): number => (lends ? sets.borrowedPages(container) : sets.ownedPages(container));
        expect([of('A', COUNTER.current), of('B', COUNTER.current), of('.', COUNTER.current)]).toEqual([current('A'), current('B'), sets.ownedPages()]);
        expect([of('.', COUNTER.unevictable), of('.', COUNTER.file), of('.', COUNTER.anon)]).toEqual([sets.ownedPages(), 0, 0]);
        for (const path of ['A', 'B'] as const) expect([of(path, COUNTER.hugetlb), of(path, COUNTER.hugetlb_rsvd)]).toEqual(sets.hugetlb(path));
        expect(sample?.tasks.filter(({ alive }) => alive).map(({ name }) => name)).toEqual([...sets.home.keys()]);
      }
    }),
    { numRuns: 150 },
  );
});
