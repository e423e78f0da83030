import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completionsAt } from './completion.ts';
import { EVERY_VERB, withSteps } from './test-scenario.ts';

/** Labels offered where `|` stands in the text. */
function labels(text: string): readonly string[] {
  const offset = text.indexOf('|');
  return completionsAt(text.replace('|', ''), offset)?.options.map((option) => option.label) ?? [];
}

describe('keys', () => {
  test.each([
    ['of the file', 'memledger: 1\nna|\n', ['name', 'steps'], ['memledger']],
    ['of an empty file', '|', ['memledger', 'name'], []],
    ['of the machine', 'memledger: 1\nmachine:\n  |\nsteps: []\n', ['memory', 'swappiness', 'costs'], ['max']],
    ['of the machine in braces', 'memledger: 1\nmachine: { memory: 1MiB, s| }\n', ['swap', 'swappiness'], ['memory']],
    ['of the costs', 'memledger: 1\nmachine: { costs: { | } }\n', ['page-touch', 'swap-in'], ['memory']],
    ['of a container', 'memledger: 1\ncontainers: { A: { | } }\n', ['max', 'high', 'oom-group'], []],
    ['of the containers: those named elsewhere', 'memledger: 1\ncontainers: { A: {}, | }\nsteps: [ { create: C/x } ]\n', ['C', 'C/x'], ['A', '.', 'max']],
    ['of a task', 'memledger: 1\ntasks:\n  a: { in: A, | }\n', ['user', 'memlock'], ['in']],
    ['of an object: its kinds', 'memledger: 1\nobjects: { f: { | } }\n', ['file', 'tmpfs', 'slab', 'socket'], []],
    ['of a tmpfs file', 'memledger: 1\nobjects: { f: { tmpfs: 1MiB, | } }\n', ['charge-to'], ['tmpfs', 'file']],
    ['of a step: the verbs', withSteps('|'), ['read', 'write', 'workload', 'repeat'], ['by']],
    ['of a step in braces', withSteps('{ r| }'), ['read', 'reclaim'], ['by']],
    ['of a step whose verb is known', withSteps('{ read: shared, | }'), ['by', 'range'], ['read', 'size']],
    ['of a step that is not closed', withSteps('{ read: shared, |'), ['by', 'range'], ['read']],
    ['of a workload', withSteps('{ workload: zipf, | }'), ['over', 'accesses', 'skew'], ['size']],
    ['of a step in a repeat', withSteps('{ repeat: 3, steps: [ { read: shared, | } ] }'), ['by', 'range'], []],
    ['of a model', 'memledger: 1\nmodels: [ { pages: static, | } ]\n', ['kernel', 'removal'], ['pages']],
    ['of what to expect: containers', withSteps('{ expect: { | } }'), ['A', 'B', '.'], ['a']],
    [
      'of shared-memory containers: the objects',
      'memledger: 1\ncontainers: { A: { smemcg: { lib: 1MiB, | } } }\nobjects: { lib: { file: 1MiB }, tmp: { tmpfs: 1MiB } }\n',
      ['tmp'],
      ['lib', 'max'],
    ],
    ['of those that a step sets', withSteps('{ set: A, smemcg: { | } }'), ['shared', 'scratch'], ['a', 'max']],
    ['of what to expect: counters', withSteps('{ expect: { A: { | } } }'), ['current', 'oom_kill'], []],
  ] as const)('%s', (_what, text, offered, not_offered) => {
    const found = labels(text);
    expect(found).toEqual(expect.arrayContaining([...offered]));
    for (const label of not_offered) expect(found).not.toContain(label);
  });
});

describe('what is written for a key', () => {
  /** The text after the option is taken, with the cursor in it. */
  function taken(text: string, label: string): string | undefined {
    const offset = text.indexOf('|');
    const whole = text.replace('|', '');
    const found = completionsAt(whole, offset);
    const option = found?.options.find((candidate) => candidate.label === label);
    if (found === null || option === undefined) return undefined;
    const { insert = label, insert_cursor = insert.length } = option;
    return `${whole.slice(0, found.from)}${insert.slice(0, insert_cursor)}|${insert.slice(insert_cursor)}${whole.slice(offset)}`;
  }

  test.each([
    ['|', 'memledger', 'memledger: 1|'],
    ['memledger: 1\nna|', 'name', 'memledger: 1\nname: |'],
    ['memledger: 1\ncon|\n', 'containers', 'memledger: 1\ncontainers:\n  |\n'],
    ['memledger: 1\nst|\n', 'steps', 'memledger: 1\nsteps:\n  - |\n'],
    ['memledger: 1\nmo|\n', 'models', 'memledger: 1\nmodels: [|]\n'],
    ['memledger: 1\ncontainers: { A: { m| } }\n', 'max', 'memledger: 1\ncontainers: { A: { max: | } }\n'],
    ['memledger: 1\ncontainers: { A: { m|: 1MiB } }\n', 'max', 'memledger: 1\ncontainers: { A: { max|: 1MiB } }\n'],
    ['memledger: 1\ncontainers:\n  A: |\n', 'max', 'memledger: 1\ncontainers:\n  A: { max: | }\n'],
    ['memledger: 1\nobjects:\n  lib: f|\n', 'file', 'memledger: 1\nobjects:\n  lib: { file: | }\n'],
    ['memledger: 1\nsteps:\n  - r|\n', 'read', 'memledger: 1\nsteps:\n  - { read: | }\n'],
    ['memledger: 1\nsteps:\n  - { r| }\n', 'read', 'memledger: 1\nsteps:\n  - { read: | }\n'],
    ['memledger: 1\ncontainers: { A: {} }\ntasks: { a: { in: | } }\n', 'A', 'memledger: 1\ncontainers: { A: {} }\ntasks: { a: { in: A| } }\n'],
  ])('%j with %s', (text, label, result) => {
    expect(taken(text, label)).toBe(result);
  });
});

describe('values', () => {
  test.each([
    ['an object', withSteps('{ read: | }'), ['shared', 'scratch'], ['a', 'A']],
    ['a task, also one that a step starts', withSteps('{ start: c, in: A }', '{ read: shared, by: | }'), ['a', 'b', 'c'], ['shared']],
    [
      'a task, also one forked in a repeat',
      withSteps('{ repeat: 2, steps: [ { fork: a, as: child } ] }', '{ together: [ { read: shared, by: | } ] }'),
      ['child'],
      [],
    ],
    ['a task or container of an attack', `${withSteps('{ start: late, in: A }')}attack: { attacker: [A], commands: [|], victim: B }\n`, ['late', 'a'], ['A']],
    ['a container, also one that a step creates', withSteps('{ create: C/x }', '{ move: a, to: | }'), ['A', 'B', 'C', 'C/x', '.'], ['a']],
    ['an area', withSteps('{ alloc: heap, by: a, size: 1MiB }', '{ touch: |, by: a }'), ['heap'], ['shared']],
    ['an area or object', withSteps('{ alloc: heap, by: a, size: 1MiB }', '{ workload: scan, over: | }'), ['heap', 'shared'], ['a']],
    ['a pin', withSteps('{ pin: shared, by: a, via: fd1 }', '{ unpin: | }'), ['fd1'], ['shared']],
    ['a sample, where an attack begins', `${withSteps('{ sample: before }')}attack: { attacker: [A], victim: B, from: | }\n`, ['before'], ['A', 'a']],
    ['a pattern', withSteps('{ workload: | }'), ['uniform', 'zipf', 'scan', 'loop', 'trace'], []],
    ['a word', withSteps('{ drop-caches: | }'), ['pagecache', 'slab', 'all'], []],
    ['true or false', withSteps('{ write: shared, by: a, sync: | }'), ['true', 'false'], []],
    ['a model', 'memledger: 1\nmodels: [st|]\n', ['static', 'partial', 'rss', 'software-zones'], []],
    ['a model of `under`', withSteps('{ expect: { A: { file: 0 } }, under: | }'), ['static'], []],
    ['a policy', 'memledger: 1\nmodels: [ { removal: | } ]\n', ['free', 'reparent'], ['static']],
    ['a protocol', 'memledger: 1\nobjects: { s: { socket: | } }\n', ['tcp', 'udp'], []],
    ['the container of a task', 'memledger: 1\ncontainers: { pods/x: {} }\ntasks: { a: { in: | } }\n', ['pods', 'pods/x', '.'], []],
  ] as const)('%s', (_what, text, offered, not_offered) => {
    const found = labels(text);
    expect(found).toEqual(expect.arrayContaining([...offered]));
    for (const label of not_offered) expect(found).not.toContain(label);
  });

  test('nothing for a new name or a size', () => {
    expect(labels(withSteps('{ start: | }'))).toEqual([]);
    expect(labels(withSteps('{ alloc: heap, size: | }'))).toEqual([]);
  });
});

test('the word at the cursor is what is replaced', () => {
  const text = withSteps('{ read: sha, by: a }');
  const offset = text.indexOf('sha,') + 2;
  expect(completionsAt(text, offset)?.from).toBe(text.indexOf('sha,'));
});

test('options say what they are', () => {
  const option = completionsAt('memledger: 1\nmachine: { s', 25)?.options.find(({ label }) => label === 'swappiness');
  expect(option).toEqual({
    label: 'swappiness',
    detail: 'number',
    info: 'vm.swappiness: how readily anonymous memory is reclaimed against the page cache.',
    insert: 'swappiness: ',
    insert_cursor: 12,
  });
});

test('no place of any text is an exception', () => {
  fc.assert(
    fc.property(fc.nat(EVERY_VERB.length), fc.nat(60), (at, cut) => {
      const text = EVERY_VERB.slice(0, at) + EVERY_VERB.slice(at + cut);
      const list = completionsAt(text, at);
      expect(list === null || list.from <= at).toBe(true);
    }),
    { numRuns: 200 },
  );
});
