import { describe, expect, test } from 'vitest';
import { formatCount } from '../base/figures.ts';
import type { LabError } from '../base/result.ts';
import { COUNTERS } from '../record/counters.ts';
import { LIMITS } from './limits.ts';
import { parseScenario } from './parse.ts';
import { EVERY_VERB, withSteps } from './test-scenario.ts';

function errorsOf(text: string): readonly LabError[] {
  const parsed = parseScenario(text);
  return parsed.ok ? [] : parsed.errors;
}

const HEAD = 'memledger: 1\nname: x\n';

test('the example with every verb has no error', () => {
  expect(errorsOf(EVERY_VERB)).toEqual([]);
});

test('what is valid is listed only where no spelling is near', () => {
  const remediesOf = (step: string): readonly (string | undefined)[] => errorsOf(withSteps(step)).map((error) => error.remedy);
  expect(remediesOf('{ raed: shared, by: a }')).toEqual(['correct the spelling']);
  expect(remediesOf('{ drop-caches: al }')).toEqual(['correct the spelling']);
  expect(remediesOf('{ frobnicate: shared, by: a }')).toEqual([expect.stringMatching(/^verbs: .*read/)]);
  // Of the many counters those that are like the word, and where the others are.
  expect(remediesOf('{ expect: { A: { qwzx: 0 } } }')).toEqual([`all ${COUNTERS.length} are in the reference (“Counters in expect”)`]);
  const similar = expect.stringMatching(/^similar: .*workingset_refault_anon.*; all \d+ are in the reference/);
  expect(remediesOf('{ expect: { A: { refault_pages_anonymous: 0 } } }')).toEqual([similar]);
});

describe('one mistake is one sentence at its place', () => {
  const of_steps: readonly (readonly [what: string, step: string, code: string, column: number, marked: string, message: string])[] = [
    ['unknown verb', '{ raed: shared, by: a }', 'unknown-verb', 7, 'raed', 'unknown verb `raed`; did you mean `read`?'],
    ['no verb', '{}', 'missing-key', 5, '{}', 'the step has no verb'],
    ['two verbs', '{ read: shared, touch: heap, by: a }', 'two-verbs', 21, 'touch', 'a step has one verb, not two: `read`, `touch`'],
    ['not a step', '5', 'invalid-value', 5, '5', '`5` is not a step'],
    ['unknown key', '{ read: shared, bye: a, by: a }', 'unknown-key', 21, 'bye', 'unknown key `bye`; did you mean `by`?'],
    ['missing key', '{ read: shared }', 'missing-key', 5, '{ read: shared }', 'the key `by` is missing in this `read` step'],
    ['key twice', '{ read: shared, by: a, by: b }', 'duplicate-key', 28, 'by', 'the key `by` stands here twice'],
    ['bad size', '{ alloc: heap, by: a, size: 16MB }', 'invalid-value', 33, '16MB', '`size`: `16MB` is not a size'],
    [
      'size that overflows',
      '{ alloc: heap, by: a, size: 99999999999GiB }',
      'invalid-value',
      33,
      '99999999999GiB',
      '`size`: 99999999999GiB overflows: sizes end below 8PiB',
    ],
    ['negative size', '{ alloc: heap, by: a, size: -4096 }', 'invalid-value', 33, '-4096', '`size`: `-4096` is not a size'],
    [
      'size of more than the lab',
      '{ alloc: heap, by: a, size: 1TiB }',
      'invalid-value',
      33,
      '1TiB',
      '`size`: 1TiB is more than the 64GiB that the lab simulates',
    ],
    ['time without unit', '{ sleep: 10 }', 'invalid-value', 14, '10', '`sleep`: `10` is not a time'],
    ['bad range', '{ read: shared, by: a, range: 4MiB }', 'invalid-value', 35, '4MiB', '`range`: `4MiB` is not a range'],
    [
      'empty range',
      '{ read: shared, by: a, range: 4MiB..4MiB }',
      'invalid-value',
      35,
      '4MiB..4MiB',
      '`range`: the range 4MiB..4MiB is empty: it ends where it starts or before',
    ],
    ['range beyond the end', '{ read: shared, by: a, range: 0..16MiB }', 'beyond-end', 35, '0..16MiB', 'the range ends at 16MiB, and `shared` has 8MiB'],
    ['range from beyond the end', '{ read: shared, by: a, range: 8MiB.. }', 'beyond-end', 35, '8MiB..', 'the range starts at 8MiB, and `shared` has 8MiB'],
    ['neither true nor false', '{ write: shared, by: a, sync: yes }', 'invalid-value', 35, 'yes', '`sync`: `yes` is neither true nor false'],
    ['unknown word', '{ drop-caches: al }', 'invalid-value', 20, 'al', '`drop-caches`: `al` is not one of its values; did you mean `all`?'],
    ['unknown object', '{ read: shard, by: a }', 'unknown-object', 13, 'shard', 'unknown object `shard`; did you mean `shared`?'],
    [
      'object of the wrong kind',
      '{ read: dentry, by: a }',
      'wrong-kind',
      13,
      'dentry',
      '`dentry` is a slab, and this step takes a file or tmpfs or hugetlb or dma-buf',
    ],
    ['unknown task', '{ read: shared, by: bb }', 'unknown-task', 25, 'bb', 'unknown task `bb`; did you mean `b`?'],
    ['unknown area', '{ touch: heap, by: a }', 'unknown-area', 14, 'heap', 'unknown area `heap`'],
    ['unknown pin', '{ unpin: fd1 }', 'unknown-pin', 14, 'fd1', 'unknown pin `fd1`'],
    ['unknown container', '{ set: AA, max: 1MiB }', 'unknown-container', 12, 'AA', 'unknown container `AA`; did you mean `A`?'],
    ['move to nowhere', '{ move: a, to: C }', 'unknown-container', 20, 'C', 'unknown container `C`'],
    [
      'set without a limit',
      '{ set: A }',
      'invalid-value',
      5,
      '{ set: A }',
      'the step sets nothing: give at least one of min, low, high, max, swap-max, swap-high, zswap-max, zswap-writeback, memsw-max, soft-limit, move-charge, oom-kill-disable, oom-group, kmem-max, tcp-max, pins-max, hugetlb-max, hugetlb-rsvd-max, pressure-triggers, smemcg',
    ],
    [
      'slab without a number',
      '{ slab: dentry, by: a }',
      'invalid-value',
      5,
      '{ slab: dentry, by: a }',
      'the step neither allocates nor frees: give `objects` or `free`',
    ],
    ['limits of the root', '{ set: ., max: 1MiB }', 'root', 12, '.', 'the root `.` has no limits'],
    ['bad path', '{ create: C/../x }', 'invalid-value', 15, 'C/../x', '`create`: `C/../x` is not a container path'],
    ['area named as an object', '{ alloc: shared, by: a, size: 4KiB }', 'name-taken', 14, 'shared', '`shared` is the name of an object already'],
    [
      'container named as a shared-memory one',
      '{ create: smemcg:shared }',
      'name-taken',
      5,
      '{ create: smemcg:shared }',
      '`smemcg:shared` is the name of an object’s shared-memory container',
    ],
    ['its own child', '{ fork: a, as: a }', 'name-taken', 20, 'a', '`a` cannot be its own child'],
    ['CPU that is not there', '{ start: c, in: A, cpu: 3 }', 'no-such-cpu', 29, '3', 'there is no CPU 3: the machine has 1, counted from 0'],
    ['unknown counter, near to none', '{ expect: { A: { qwzx: 0 } } }', 'unknown-key', 22, 'qwzx', 'unknown key `qwzx`'],
    ['unknown counter', '{ expect: { A: { curent: 0 } } }', 'unknown-key', 22, 'curent', 'unknown key `curent`; did you mean `current`?'],
    [
      'a counter by its file',
      '{ expect: { A: { memory.current: 0 } } }',
      'unknown-key',
      22,
      'memory.current',
      'unknown key `memory.current`; did you mean `current`?',
    ],
    [
      'a misspelt file of a counter',
      '{ expect: { A: { memory.curent: 0 } } }',
      'unknown-key',
      22,
      'memory.curent',
      'unknown key `memory.curent`; did you mean `current`?',
    ],
    [
      'a counter as SQL has it',
      '{ expect: { A: { limit_max_bytes: 0 } } }',
      'unknown-key',
      22,
      'limit_max_bytes',
      'unknown key `limit_max_bytes`; did you mean `memory.max`?',
    ],
    ['bad amount', '{ expect: { A: { file: much } } }', 'invalid-value', 28, 'much', '`file`: `much` is not an expected amount'],
    ['expecting of an unknown container', '{ expect: { Q: { file: 0 } } }', 'unknown-container', 17, 'Q', 'unknown container `Q`'],
    ['under an unknown model', '{ expect: { A: { file: 0 } }, under: statc }', 'unknown-model', 42, 'statc', 'unknown model `statc`; did you mean `static`?'],
    [
      'unknown workload',
      '{ workload: zipff, over: shared, by: a, accesses: 9 }',
      'unknown-workload',
      17,
      'zipff',
      'unknown workload `zipff`; did you mean `zipf`?',
    ],
    ['key of another workload', '{ workload: scan, over: shared, by: a, accesses: 9, skew: 1 }', 'unknown-key', 57, 'skew', 'unknown key `skew`'],
    [
      'workload over nothing',
      '{ workload: scan, over: shard, by: a, accesses: 9 }',
      'unknown-object',
      29,
      'shard',
      'unknown object `shard`; did you mean `shared`?',
    ],
    [
      'loop larger than its object',
      '{ workload: loop, over: shared, by: a, accesses: 9, size: 9MiB }',
      'beyond-end',
      63,
      '9MiB',
      'the loop of 9MiB is larger than the 8MiB that it goes over',
    ],
    [
      'too many accesses',
      '{ workload: scan, over: shared, by: a, accesses: 10000000001 }',
      'invalid-value',
      54,
      '10000000001',
      '`accesses`: `10000000001` is more than 10000000000',
    ],
    ['not in `together`', '{ together: [ { exit: a } ] }', 'not-interleaved', 19, '{ exit: a }', '`exit` cannot stand in `together`'],
    ['mistake in a repeat', '{ repeat: 3, steps: [ { reed: shared, by: a } ] }', 'unknown-verb', 29, 'reed', 'unknown verb `reed`; did you mean `read`?'],
    ['steps that are no list', '{ repeat: 3, steps: 4 }', 'invalid-value', 25, '4', '`steps`: `4` is not a list of steps'],
    [
      'too many accesses in all',
      '{ repeat: 10000000, steps: [ { read: shared, by: a } ] }',
      'too-many',
      34,
      '{ read: shared, by: a }',
      `the steps come to more than ${formatCount(10_000_000_000)} page accesses`,
    ],
    ['cycle', '&x { repeat: 2, steps: [ *x ] }', 'yaml-cycle', 30, '*x', 'the alias *x stands inside what it refers to, which would repeat without end'],
    ['alias without anchor', '*x', 'yaml-alias', 5, '*x', 'the alias *x has no anchor before it'],
  ];
  test.each(of_steps)('%s', (_what, step, code, column, marked, message) => {
    const errors = errorsOf(withSteps(step)).filter((error) => !(code.startsWith('yaml') && !error.code.startsWith('yaml')));
    expect(errors.map((error) => error.message)).toEqual([message]);
    expect(errors[0]).toMatchObject({ code, place: { line: 7, column, text: marked } });
  });

  const of_files: readonly (readonly [what: string, text: string, code: string, line: number, message: string])[] = [
    ['empty', '', 'not-a-scenario', 1, 'the scenario is empty'],
    ['a word', 'hello', 'not-a-scenario', 1, 'this is not a scenario: a scenario is a map of keys'],
    ['another format', 'name: x\nsteps: []\n', 'not-a-scenario', 1, 'this is not a scenario: the key `memledger` is missing'],
    [
      'a newer format',
      'memledger: 2\nfuture: true\n',
      'newer-version',
      1,
      'the scenario was made by a newer version of the lab: its format is 2, and this lab reads 1',
    ],
    ['no such format', 'memledger: one\nname: x\nsteps: []\n', 'wrong-version', 1, 'the format version `one` does not exist'],
    ['no name', 'memledger: 1\nsteps: []\n', 'missing-key', 1, 'the key `name` is missing'],
    ['no steps', HEAD, 'missing-key', 1, 'the key `steps` is missing'],
    ['unknown key', `${HEAD}stesp: []\nsteps: []\n`, 'unknown-key', 3, 'unknown key `stesp`; did you mean `steps`?'],
    ['too much memory', `${HEAD}machine: { memory: 1TiB }\nsteps: []\n`, 'invalid-value', 3, '`memory`: 1TiB is more than the 64GiB that the lab simulates'],
    ['another page size', `${HEAD}machine: { page: 8KiB }\nsteps: []\n`, 'invalid-value', 3, '`page`: pages of 8KiB are not modelled'],
    ['unknown cost', `${HEAD}machine: { costs: { page-tuch: 1 } }\nsteps: []\n`, 'unknown-key', 3, 'unknown key `page-tuch`; did you mean `page-touch`?'],
    [
      'a zone larger than memory',
      `${HEAD}machine: { memory: 1MiB, zone: 2MiB }\nsteps: []\n`,
      'invalid-value',
      3,
      'a zone of 2MiB is larger than the memory of 1MiB',
    ],
    ['a container that is null', `${HEAD}containers:\n  A:\nsteps: []\n`, 'invalid-value', 4, '`A`: `null` is not a map'],
    ['the root as a container', `${HEAD}containers: { .: { max: 1MiB } }\nsteps: []\n`, 'root', 3, 'the root `.` is always there and has no limits'],
    ['a list of containers', `${HEAD}containers: [A]\nsteps: []\n`, 'invalid-value', 3, '`containers`: a list is not a map'],
    [
      'unknown kind of object',
      `${HEAD}objects: { f: { fil: 8MiB } }\nsteps: []\n`,
      'unknown-object-kind',
      3,
      'unknown object kind `fil`; did you mean `file`?',
    ],
    [
      'slab objects that do not fit',
      `${HEAD}objects: { d: { slab: 192, per-page: 22 } }\nsteps: []\n`,
      'invalid-value',
      3,
      '22 objects of 192 bytes do not fit on a page',
    ],
    [
      'slab objects of no cache of Linux',
      `${HEAD}objects: { d: { slab: inodes } }\nsteps: []\n`,
      'invalid-value',
      3,
      '`slab`: `inodes` is not the size of a slab object',
    ],
    ['slab objects that are too large', `${HEAD}objects: { d: { slab: 4097 } }\nsteps: []\n`, 'invalid-value', 3, '`slab`: 4097 is more than 4096'],
    [
      'objects of too many pages',
      `${HEAD}objects: { f: { file: 40GiB }, g: { file: 40GiB } }\nsteps: []\n`,
      'too-many',
      3,
      'the objects and areas together are more than the 64GiB that the lab simulates',
    ],
    ['a task nowhere', `${HEAD}tasks: { a: { in: Z } }\nsteps: []\n`, 'unknown-container', 3, 'unknown container `Z`'],
    ['an unknown model', `${HEAD}steps: []\nmodels: [statc]\n`, 'unknown-model', 4, 'unknown model `statc`; did you mean `static`?'],
    [
      'an unknown policy',
      `${HEAD}steps: []\nmodels: [{ pages: static, removal: fre }]\n`,
      'invalid-value',
      4,
      '`removal`: `fre` is not one of its values; did you mean `free`?',
    ],
    ['no model', `${HEAD}steps: []\nmodels: []\n`, 'invalid-value', 4, '`models`: no model to run under'],
    ['a tab', `${HEAD}machine:\n\tmemory: 1MiB\nsteps: []\n`, 'yaml', 4, 'a tab cannot indent'],
    ['two documents', `${HEAD}steps: []\n---\nmemledger: 1\n`, 'yaml', 4, 'a second YAML document begins here'],
    ['an open bracket', `${HEAD}steps: [ { sleep: 1ms }\n`, 'yaml', 4, ''],
  ];
  test.each(of_files)('a file: %s', (_what, text, code, line, message) => {
    const errors = errorsOf(text);
    if (message !== '') expect(errors.map((error) => error.message)).toEqual([message]);
    expect(errors[0]).toMatchObject({ code, place: { line } });
  });

  test('too many steps are told once, where the limit is passed', () => {
    expect(errorsOf(withSteps('{ repeat: 10000000, steps: [ { exit: a }, { exit: b }, { exit: b } ] }')).map((error) => error.code)).toEqual(['too-many']);
  });
});

describe('all errors at once', () => {
  test('of the YAML, of the schema and of names, in order of place', () => {
    const errors = errorsOf(withSteps('{ raed: shared, by: a }', '{ read: shard, by: a }', '{ read: shared, by: a, by: a }', '{ sleep: soon }'));
    expect(errors.map((error) => [error.code, error.place?.line])).toEqual([
      ['unknown-verb', 7],
      ['unknown-object', 8],
      ['duplicate-key', 9],
      ['invalid-value', 10],
    ]);
  });

  test('what stands before a break in the YAML still counts, what stands after it does not', () => {
    const errors = errorsOf(withSteps('{ raed: shared, by: a }', '{ read: shared, by: a', '{ raed: shared, by: a }'));
    expect(errors.map((error) => error.place?.line)).toContain(7);
    expect(errors.filter((error) => error.code === 'unknown-verb')).toHaveLength(1);
  });

  test.each(['stray', '  stray', '- stray', 'x: y', '  }'])(
    'one line too many, `%s`, is told once, with its line, and that the rest was not checked',
    (stray) => {
      const lines = withSteps(...Array<string>(30).fill('{ read: shared, by: a }')).split('\n');
      const at = lines.length - 10;
      const errors = errorsOf([...lines.slice(0, at), stray, ...lines.slice(at)].join('\n'));
      expect(errors).toMatchObject([{ code: 'yaml', remedy: expect.stringMatching(/; what stands after it was not checked$/) }]);
      expect(Math.abs((errors[0]?.place?.line ?? 0) - (at + 1))).toBeLessThanOrEqual(1);
    },
  );

  test('names below a stray key are its consequences, and no problems of their own', () => {
    const text = withSteps('{ read: shared, by: a }', '{ create: B/x }', '{ expect: { B: { file: 0 }, B/x: { file: 0 } } }', '{ sample: one }');
    const stray = text.replace(/\n( *B: )/, '\nstray:\n$1').replace(/, B: \{\}/, ' }\nstray: { B: {}');
    expect(stray).not.toBe(text);
    expect(errorsOf(stray).map(({ code, message }) => [code, message])).toEqual([['unknown-key', 'unknown key `stray`']]);
    expect(errorsOf(stray.replace('B: { file', 'Q: { file')).map(({ message }) => message)).toEqual(['unknown key `stray`', 'unknown container `Q`']);
  });

  test('a wrong escape is told as one, and what stands after it is checked', () => {
    const errors = errorsOf('memledger: 1\nname: "a \\q b"\nsteps:\n  - { sleep: soon }\n');
    expect(errors.map(({ message, place, remedy }) => [place?.line, message, remedy])).toEqual([
      [2, 'not YAML: `\\q` is no escape that a text in double quotes may have', 'write `\\\\` for a backslash, or put the text into single quotes'],
      [4, '`sleep`: `soon` is not a time', expect.anything()],
    ]);
  });

  test('a section under a misspelt key is told once, and not again at each name', () => {
    for (const [right, wrong] of [
      ['containers:', 'containers::'],
      ['tasks:', 'stray tasks:'],
    ] as const) {
      const errors = errorsOf(withSteps('{ read: shared, by: a }', '{ read: shared, by: a }').replace(right, wrong));
      expect(errors.map(({ code }) => code)).toEqual(['unknown-key']);
    }
  });

  test('a mistake in a declaration is not told again at each use of the name', () => {
    const errors = errorsOf(
      withSteps(
        '{ start: c, in: A, usr: 0 }',
        '{ read: shared, by: c }',
        '{ alloc: heap, by: a, size: lots }',
        '{ touch: heap, by: a, range: 0..1GiB }',
        '{ create: C, mox: 0 }',
        '{ set: C, max: 0 }',
        '{ fork: a, as: d, inn: B }',
        '{ touch: heap, by: d }',
        '{ pin: heap, by: a, via: fd1, rang: 0.. }',
        '{ unpin: fd1 }',
      ),
    );
    expect(errors.map((error) => error.place?.line)).toEqual([7, 9, 11, 13, 15]);
  });

  test('a flood of errors is cut and counted', () => {
    const errors = errorsOf(withSteps(...Array.from({ length: 5 * LIMITS.error_count }, () => '{ raed: shared, by: a }')));
    expect(errors).toHaveLength(LIMITS.error_count + 1);
    expect(errors.at(-1)?.message).toBe(`and ${4 * LIMITS.error_count} more errors`);
  });
});

describe('texts made to harm', () => {
  test('a text that is too long is refused unread', () => {
    const [error, ...others] = errorsOf('#'.repeat(100 * 2 ** 20));
    expect(others).toEqual([]);
    expect(error).toMatchObject({
      code: 'too-long',
      message: `the text has ${formatCount(100 * 2 ** 20)} letters, more than the ${formatCount(LIMITS.text_length)} that a scenario may have`,
    });
  });

  test('aliases that multiply are refused', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `x${level}: &x${level} [${Array.from({ length: 10 }, () => (level === 0 ? '1' : `*x${level - 1}`)).join(', ')}]`,
    );
    expect(errorsOf(`${HEAD}${levels.join('\n')}\nsteps: []\n`).map((error) => error.code)).toContain('yaml-alias-bomb');
  });

  test('nesting without end is refused in one sentence', () => {
    const messages = errorsOf(`${HEAD}steps: ${'['.repeat(20_000)}`).map((error) => error.message);
    expect(messages.filter((message) => message === 'nested too deeply to be read')).toHaveLength(1);
    expect(messages).toHaveLength(1);
  });

  test('repeats nest to a limit', () => {
    const nested = (depth: number): string => (depth === 0 ? '{ exit: a }' : `{ repeat: 1, steps: [ ${nested(depth - 1)} ] }`);
    expect(errorsOf(withSteps(nested(LIMITS.repeat_depth)))).toEqual([]);
    expect(errorsOf(withSteps(nested(LIMITS.repeat_depth + 1))).map((error) => error.code)).toEqual(['too-deep']);
  });

  test('names of objects of the language do no harm', () => {
    expect(errorsOf(withSteps('{ start: __proto__, in: A }', '{ start: constructor, in: A }', '{ exit: __proto__ }'))).toEqual([]);
    expect(errorsOf(withSteps('{ constructor: a }')).map((error) => error.code)).toEqual(['unknown-verb']);
    expect(errorsOf(withSteps('{ workload: constructor, over: shared, by: a }')).map((error) => error.code)).toEqual(['unknown-workload']);
  });
});

test('aliases that repeat a value are welcome', () => {
  expect(errorsOf(`${HEAD}containers: { A: &limits { max: 1MiB }, B: *limits }\nsteps: []\n`)).toEqual([]);
});

test('the file is named in every place', () => {
  const parsed = parseScenario('memledger: 1', { file: 'a.yaml' });
  expect(parsed.ok ? [] : parsed.errors.map((error) => error.place?.file)).toEqual(['a.yaml', 'a.yaml']);
});
