import { expect, it } from 'vitest';
import { parseScenario } from './parse.ts';
import { previewScenario } from './preview.ts';
import { containerSchema } from './schema.ts';

function previewOf(text: string) {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
  return previewScenario(parsed.value);
}

const SCENARIO = `memledger: 1
name: Preview
containers:
  pods/a: { max: 24MiB, low: 1MiB }
  b: {}
objects:
  lib: { file: 8MiB }
  scratch: { tmpfs: 4MiB, charge-to: b }
  conn: { socket: tcp }
tasks:
  a: { in: pods/a }
steps:
  - { map: lib, by: a, as: text }
  - { peek: text, by: a }
  - { fork: a, as: c, in: b }
  - { repeat: 10, steps: [ { write: scratch, by: c } ] }
  - { create: b/x, max: 1MiB }
  - { move: c, to: b/x }
  - { send: conn, by: c, size: 1MiB }
`;

it('lays out the tree with its limits, those that steps make included', () => {
  const { containers } = previewOf(SCENARIO);
  expect(containers.map(({ path, depth, made_by_step, task_count }) => [path, depth, made_by_step, task_count])).toEqual([
    ['b', 0, false, 1],
    ['b/x', 1, true, 0],
    ['pods', 0, false, 0],
    ['pods/a', 1, false, 1],
  ]);
  expect(containers.at(-1)?.limits).toEqual([
    { name: 'low', value: 2 ** 20 },
    { name: 'max', value: 24 * 2 ** 20 },
  ]);
});

it('shows every key that a container may have', () => {
  const keys: Readonly<Record<string, string>> = {
    'oom-group': 'true',
    'oom-kill-disable': 'true',
    'move-charge': '3',
    'subtree-control': '[memory]',
    'zswap-writeback': 'false',
    'pressure-triggers': '[some 150000 1000000]',
    smemcg: '{ lib: 1MiB }',
  };
  const limits = Object.keys(containerSchema.shape).map((key) => `${key}: ${keys[key] ?? (key === 'swap-high' ? 'max' : '1MiB')}`);
  const { containers } = previewOf(`memledger: 1\nname: x\ncontainers: { A: { ${limits.join(', ')} } }\nobjects: { lib: { file: 1MiB } }\nsteps: []\n`);
  const shown = new Map(containers[0]?.limits.map(({ name, value }) => [name, value]));
  expect([...shown.keys()].map((name) => name.split(' ')[0])).toEqual(Object.keys(containerSchema.shape));
  expect(shown.get('swap-high')).toBe(Number.POSITIVE_INFINITY);
  const words = ['oom-group', 'move-charge', 'subtree-control', 'pressure-triggers', 'smemcg lib'].map((name) => shown.get(name));
  expect(words).toEqual(['true', '3', 'memory', '1', 2 ** 20]);
});

it('tells who does what to which object: through mappings, after forks and moves', () => {
  const { objects, uses, step_count } = previewOf(SCENARIO);
  expect(uses).toEqual([
    { object: 'lib', container: 'pods/a', deeds: ['map', 'read'], tasks: ['a'] },
    { object: 'lib', container: 'b', deeds: ['map'], tasks: ['c'] },
    { object: 'scratch', container: 'b', deeds: ['write'], tasks: ['c'] },
    { object: 'conn', container: 'b/x', deeds: ['send'], tasks: ['c'] },
  ]);
  expect(objects.map(({ name, kind, size_bytes, charge_to, user_count }) => [name, kind, size_bytes, charge_to, user_count])).toEqual([
    ['lib', 'file', 8 * 2 ** 20, undefined, 2],
    ['scratch', 'tmpfs', 4 * 2 ** 20, 'b', 1],
    ['conn', 'socket', undefined, undefined, 1],
  ]);
  expect(step_count).toBe(8);
});
