import { describe, expect, test } from 'vitest';
import { LOSS_WORDS } from '../../src-engine/compare/attacks-export.ts';
import { PRESETS } from '../../src-engine/scenario/presets.ts';
import { ATTACK_TEXTS, attacked, victimIn } from './attack-runs.ts';

/** Who is harmed by what: attacks in this order from left to right, and for each model the mark of the loss that decides (LOSS_WORDS), or `·` where the victim is not harmed. */
const ATTACKS = [
  'stop-sharing',
  'touch-first',
  'touch-never',
  'dentry-bomb',
  'page-table-bomb',
  'socket-flood',
  'pin-and-exit',
  'fill-and-leave',
  'shared-file-thrash',
  'zone-starvation',
  'protection-hoarding',
] as const;
const VERDICTS: Readonly<Record<string, string>> = {
  static: 'W C W W W · K W W · W',
  partial: 'C · · W W · · · · · ·',
  rss: '· · · W W · · · · · ·',
  'software-zones': '· · · · · K · W · F ·',
  none: '· · · W W · · · · · ·',
  ckrm: 'W C W W W · F · · · F',
  beancounters: 'C · · · W F · · · · ·',
  'rss-2007': 'W · · W W · · · · · ·',
  'memcg-v1': 'W C W W W F K W W · W',
  'memcg-v1-slub-optin': 'W C W · W F K W W · W',
  'memcg-v1-slab-optout': 'W C W · W F K W W · W',
  'memcg-v2-2015': 'W C W · W F K W W · W',
  'memcg-v2': 'W C W · · K K W W · W',
  // Reads alone promote nothing there: what A reads again keeps its generation.
  'memcg-v2-mglru': 'W C · · · K K W W · W',
  smemcg: '· · · · · K · W · · W',
  'pin-rlimit': 'W C W · · K K W W · W',
  'pin-cgroup': 'W C W · · K · W W · W',
};

test('every shipped attack and every preset has its place', () => {
  expect([...ATTACK_TEXTS.keys()]).toEqual(ATTACKS);
  expect(Object.keys(VERDICTS)).toEqual(PRESETS.map(({ id }) => id));
});

describe.each(ATTACKS.map((name, column) => ({ name, column })))('$name', ({ name, column }) => {
  test('harms whom it harmed before', { timeout: 300_000 }, () => {
    const marks = Object.keys(VERDICTS).map((model) => {
      const { because } = attacked(ATTACK_TEXTS.get(name) ?? '', model);
      return [model, because === null ? '·' : LOSS_WORDS[because].mark];
    });
    expect(Object.fromEntries(marks)).toEqual(Object.fromEntries(Object.entries(VERDICTS).map(([model, row]) => [model, row.split(' ')[column]])));
  });
});

describe('what became of the victim', () => {
  const scenario = (steps: string): string => `
memledger: 1
name: victim
machine: { memory: 64MiB, swap: 16MiB }
containers: { A: {}, V: { max: 4MiB }, V/below: {} }
objects: { f: { file: 1MiB }, g: { file: 2MiB } }
tasks: { a: { in: A }, v: { in: V/below }, w: { in: V }, server: { in: V } }
attack: { attacker: [A], commands: [server], victim: V }
steps:
${steps}`;

  test('reads from disk are waited for; those of others and of tasks at the attacker’s command are not the victim’s', () => {
    const record = victimIn(scenario('  - { read: f, by: v }\n  - { read: f, by: w }\n  - { read: g, by: server }\n  - { read: g, by: a }\n'), 'static');
    expect(record.map(({ stall_ns }) => stall_ns)).toEqual(Array.from({ length: 4 }, () => 256 * 80_000));
    expect(record.map(({ charged_bytes }) => charged_bytes / 2 ** 20)).toEqual([1, 1, 3, 3]);
  });

  test('swapping, reclaim and refaults are waited for', () => {
    const record = victimIn(
      scenario('  - { alloc: heap, by: v, size: 5MiB }\n  - { touch: heap, by: v }\n  - { peek: heap, by: v, range: 0..1MiB }\n'),
      'static',
    );
    const [, touched, peeked] = record;
    // At least 256 pages had to be swapped out at 60 µs each, within reclaim of the task itself.
    expect(touched?.stall_ns).toBeGreaterThanOrEqual(256 * 60_000);
    expect(touched?.refaults).toBe(0);
    expect(peeked?.refaults).toBe(256);
    expect((peeked?.stall_ns ?? 0) - (touched?.stall_ns ?? 0)).toBeGreaterThanOrEqual(256 * 60_000);
    expect(record.at(-1)?.peak_bytes).toBe(4 * 2 ** 20);
  });

  test('kills are counted where they happen', () => {
    const text = scenario('  - { set: V, swap-max: 0 }\n  - { alloc: heap, by: v, size: 5MiB }\n  - { touch: heap, by: v }\n  - { read: f, by: w }\n');
    expect(victimIn(text, 'static').map(({ kills }) => kills)).toEqual([0, 0, 1, 1]);
  });

  test('throttling is waited for', () => {
    const text = scenario('  - { set: V, high: 1MiB, swap-max: 0 }\n  - { alloc: heap, by: v, size: 3MiB }\n  - { touch: heap, by: v }\n');
    expect(victimIn(text, 'static').at(-1)?.stall_ns).toBeGreaterThan(1e9);
    expect(victimIn(text, 'none').at(-1)?.stall_ns).toBe(0);
  });
});
