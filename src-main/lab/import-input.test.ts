import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createScenarioStore } from '../store/scenarios.ts';
import { temporaryDirectory, testDatabase } from '../store/test-database.ts';
import { importBytes, readImport } from './import-input.ts';

const gone = vi.hoisted(() => new Set<string>());
// Directories that go between their parent's listing and their own.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const readdirSync = ((path: string, options: { withFileTypes: true }) => {
    if (gone.has(path)) throw Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' });
    return fs.readdirSync(path, options);
  }) as typeof fs.readdirSync;
  return { ...fs, readdirSync };
});

function tree(): string {
  const directory = join(temporaryDirectory(), 'pods');
  for (const path of ['.', 'a', 'b']) {
    mkdirSync(join(directory, path), { recursive: true });
    writeFileSync(join(directory, path, 'memory.current'), '4096\n');
  }
  return directory;
}

describe('a directory that goes while it is read', () => {
  it('is told of by the parts that could not be read', () => {
    const directory = tree();
    gone.add(join(directory, 'b'));
    const input = readImport(directory);
    expect(input.ok && input.value.files.map(({ path }) => path)).toEqual(['a/memory.current', 'memory.current']);
    expect(input.ok && input.value.unread).toEqual(['b/']);
  });

  it('is refused in words where nothing of it is left', () => {
    const directory = tree();
    gone.add(directory);
    expect(readImport(directory)).toMatchObject({
      ok: false,
      errors: [{ code: 'import-not-readable', message: 'Nothing of the directory could be read: ./.' }],
    });
  });
});

/** A reclaim pass of a trace: what its shrink reclaimed, and what the pass says. */
const pass = (from_s: number, shrunk: number, stated: number): readonly string[] => [
  ` a-1 [000] ..... ${from_s}.0: mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=GFP_KERNEL`,
  ` a-1 [000] ..... ${from_s}.1: mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=32 nr_reclaimed=${shrunk} priority=12 flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC`,
  ` a-1 [000] ..... ${from_s}.2: mm_vmscan_memcg_reclaim_end: nr_reclaimed=${stated}`,
];

describe('what is imported', () => {
  it('twice is one scenario of the library, and it is named', async () => {
    const database = await testDatabase();
    const bytes = new TextEncoder().encode('a/memory.current:4096\na/memory.stat:anon 4096\n');
    const first = await importBytes(database, 'a.txt', bytes);
    const again = await importBytes(database, 'a.txt', bytes);
    if (!first.ok || !again.ok) throw new Error(JSON.stringify([first, again]));
    const [id] = first.value.report.scenario_ids;
    const [scenario] = first.value.scenarios;
    expect(again.value.report.scenario_ids).toEqual([id]);
    expect(first.value.report.known_scenarios).toEqual([]);
    expect(again.value.report.known_scenarios).toEqual([{ id, name: scenario?.name }]);
    expect(await createScenarioStore(database).list()).toHaveLength(1);
  });

  it('of a trace says what passes state and what their shrinks add up to, as a reader adds it up', async () => {
    const lines = ['CPU:1 [LOST 12 EVENTS]', ...pass(1, 30, 30), ...pass(2, 20, 24), ...pass(3, 10, 11), ...pass(4, 32, 5)];
    const imported = await importBytes(await testDatabase(), 'trace.txt', new TextEncoder().encode(lines.join('\n')));
    expect(imported).toMatchObject({
      ok: true,
      value: {
        report: {
          slack: [
            { what: 'pages that 2 reclaim passes say they reclaimed, and the fewer that their shrinks add up to', stated: 35, found: 30, unit: 'pages' },
            { what: 'pages that 1 reclaim pass says it reclaimed, and the more that its shrinks add up to', stated: 5, found: 32, unit: 'pages' },
          ],
          notes: ['the kernel lost events once, 12 of them as far as the marks say'],
        },
      },
    });
  });

  it('of lost events without a number: that the marks do not say how many', async () => {
    const lines = ['CPU:1 [LOST EVENTS]', ...pass(1, 30, 30)];
    const imported = await importBytes(await testDatabase(), 'trace.txt', new TextEncoder().encode(lines.join('\n')));
    expect(imported).toMatchObject({ ok: true, value: { report: { notes: ['the kernel lost events once, how many the marks do not say'] } } });
  });

  it('of a trace without the ends of its passes: a note, no sums', async () => {
    const lines = [
      ' a-1 [000] ..... 1.0: mm_vmscan_memcg_reclaim_end: nr_reclaimed=5',
      ' a-1 [000] ..... 1.1: mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=GFP_KERNEL',
    ];
    const imported = await importBytes(await testDatabase(), 'trace.txt', new TextEncoder().encode(lines.join('\n')));
    expect(imported).toMatchObject({
      ok: true,
      value: {
        report: { slack: [], notes: ['1 reclaim pass has its begin in the trace, not the end', '1 pass or shrinker has its end in the trace, not the begin'] },
      },
    });
  });
});
