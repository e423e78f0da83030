import type { Op } from '../../src-engine/scenario/program.ts';
import { attached, ProgramBuilder, type Setting } from './program-builder.ts';

/** Two containers with one task each, three pages: one of a file, one of tmpfs, one anonymous. */
export const TINY: Setting = {
  machine: { memory_pages: 16, zone_pages: 2 },
  containers: { A: { max_pages: 4 }, B: { max_pages: 4 } },
  objects: [
    { kind: 'file', name: 'F', page_count: 1 },
    { kind: 'tmpfs', name: 'T', page_count: 1 },
  ],
  tasks: { a: 'A', b: 'B' },
  later_tasks: ['c', 'd'],
  areas: ['mapped-file', 'mapped-tmpfs', 'heap'],
};

/** The same with shared-memory containers: both tasks borrow of the file, and B may not borrow of tmpfs. */
const TINY_ATTACHED: Setting = {
  ...TINY,
  containers: {
    A: { max_pages: 4, smemcg: [attached(0), attached(1)] },
    B: { max_pages: 4, smemcg: [attached(0), { object: 1, borrow_max_pages: 0 }] },
  },
};

/** The setting for a model: attaching means something only to models that have shared-memory containers. */
export const tinyFor = (model: string): Setting => (model.startsWith('pages=smemcg') ? TINY_ATTACHED : TINY);

/** What decides which operations can do something: a scenario never asks for what would only be skipped. */
interface Situation {
  /** Living task → its container. */
  readonly tasks: ReadonlyMap<string, string>;
  /** `task area` that exist. */
  readonly areas: ReadonlySet<string>;
  readonly containers: ReadonlySet<string>;
  readonly tight: ReadonlySet<string>;
  /** `task area` made by the operation just before. */
  readonly just_made: string | null;
}

/** An operation with the situation that it leads to. `key` names it, and `mirror` names the same with A and B, a and b exchanged. */
interface Move {
  readonly key: string;
  readonly mirror: string;
  readonly op: Op;
  readonly next: Situation;
}

const MIRROR: Readonly<Record<string, string>> = { A: 'B', B: 'A', a: 'b', b: 'a', c: 'd', d: 'c' };
const CHILD: Readonly<Record<string, string>> = { a: 'c', b: 'd' };

const FIRST: Situation = {
  tasks: new Map([
    ['a', 'A'],
    ['b', 'B'],
  ]),
  areas: new Set(),
  containers: new Set(['A', 'B']),
  tight: new Set(),
  just_made: null,
};

/** Which verbs to enumerate: all of them, or those by which tasks share one page, which allows longer scenarios. */
export type Alphabet = 'all' | 'sharing';

const builder = new ProgramBuilder(TINY);

/**
 * All scenarios of `length` operations, without those that another one is the mirror image of (A and B exchanged). The pages need no such treatment: each is of
 * another kind. Making an area changes nothing for anybody else, so that it always stands right before the first use of the area, or a fork that inherits it.
 * Scenarios of fewer operations are the beginnings of these.
 */
export function* scenarios(length: number, alphabet: Alphabet): Generator<readonly Op[]> {
  yield* extend([], FIRST, true);

  function* extend(ops: readonly Op[], situation: Situation, symmetric_so_far: boolean): Generator<readonly Op[]> {
    if (ops.length === length) {
      yield ops;
      return;
    }
    for (const { key, mirror, op, next } of moves(situation, alphabet)) {
      if (symmetric_so_far && mirror < key) continue;
      yield* extend([...ops, op], next, symmetric_so_far && mirror === key);
    }
  }
}

function moves(now: Situation, alphabet: Alphabet): Move[] {
  const found: Move[] = [];
  const add = (words: readonly string[], op: Op, change: Partial<Situation> = {}): void => {
    if (now.just_made !== null && !uses(now.just_made, words)) return;
    found.push({ key: words.join(' '), mirror: words.map((word) => MIRROR[word] ?? word).join(' '), op, next: { ...now, just_made: null, ...change } });
  };
  for (const [task, container] of now.tasks) {
    const other = container === 'A' ? 'B' : 'A';
    if (alphabet === 'all') addFileVerbs(task);
    addAreaVerbs(task, 'mapped-file', builder.map(task, 'F', 'mapped-file'));
    if (alphabet === 'all') addAreaVerbs(task, 'mapped-tmpfs', builder.map(task, 'T', 'mapped-tmpfs'));
    addAreaVerbs(task, 'heap', builder.alloc(task, 'heap', 1));
    const child = CHILD[task];
    if (child !== undefined && !now.tasks.has(child) && now.containers.has(other)) {
      const areas = [...now.areas].filter((area) => area.startsWith(`${task} `)).map((area) => area.replace(task, child));
      add([task, 'fork', other], builder.fork(task, child, other), {
        tasks: new Map([...now.tasks, [child, other]]),
        areas: new Set([...now.areas, ...areas]),
      });
    }
    if (now.containers.has(other)) add([task, 'move', other], builder.move(task, other), { tasks: new Map([...now.tasks, [task, other]]) });
    add([task, 'exit'], builder.exit(task), {
      tasks: new Map([...now.tasks].filter(([name]) => name !== task)),
      areas: new Set([...now.areas].filter((area) => !area.startsWith(`${task} `))),
    });
  }
  for (const container of ['A', 'B']) {
    if (!now.containers.has(container))
      add([container, 'create'], builder.create(container, { max_pages: 4 }), { containers: new Set([...now.containers, container]) });
    else if (![...now.tasks.values()].includes(container)) {
      add([container, 'remove'], builder.remove(container), {
        containers: new Set([...now.containers].filter((path) => path !== container)),
        tight: new Set([...now.tight].filter((path) => path !== container)),
      });
    }
    if (alphabet === 'sharing' || !now.containers.has(container)) continue;
    if (now.tight.has(container))
      add([container, 'open'], builder.set(container, { max_pages: 4 }), { tight: new Set([...now.tight].filter((path) => path !== container)) });
    else add([container, 'tighten'], builder.set(container, { max_pages: 1 }), { tight: new Set([...now.tight, container]) });
    add([container, 'reclaim'], builder.reclaim(container, 1));
  }
  if (alphabet === 'all') add(['drop-caches'], builder.dropCaches());
  return found;

  function addFileVerbs(task: string): void {
    for (const object of ['F', 'T']) for (const verb of ['read', 'write'] as const) add([task, verb, object], builder.access(verb, task, object));
  }

  function addAreaVerbs(task: string, area: string, make: Op): void {
    const name = `${task} ${area}`;
    if (!now.areas.has(name)) {
      add([task, 'make', area], make, { areas: new Set([...now.areas, name]), just_made: name });
      return;
    }
    for (const verb of ['peek', 'touch'] as const) add([task, verb, area], builder.load(verb, task, area));
    add([task, 'unmap', area], builder.unmap(task, area), { areas: new Set([...now.areas].filter((other) => other !== name)) });
  }
}

/** Whether an operation, told by its words, uses or inherits the area `task area`. */
function uses(task_area: string, [task, verb, area]: readonly string[]): boolean {
  return task_area === `${task} ${area}` ? verb !== 'unmap' : verb === 'fork' && task_area.startsWith(`${task} `);
}
