import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A real trace from the command line: import, passes, events, state. The figures are those of the recording. */
const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'memledger-read-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function memledger(...args: string[]): { readonly exit: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path('bin/memledger.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, MEMLEDGER_DB: join(dir, 'library.db') },
  });
  return { exit: status, stdout, stderr };
}
const json = (...args: string[]) => JSON.parse(memledger(...args, '--json').stdout);

beforeAll(() => {
  memledger('import', path('test/fixtures/ftrace-vmscan-6.1.txt'));
  memledger('import', path('test/fixtures/ftrace-vmscan-6.12.txt'));
});

describe('passes', () => {
  it('lists the passes of Linux 6.1', () => {
    const { passes_total, nr_scanned, nr_reclaimed, passes } = json('passes', '1');
    expect([passes_total, nr_scanned, nr_reclaimed, passes.length]).toEqual([69, 3670, 3670, 69]);
    expect(passes[0]).toEqual({
      number: 1,
      begin_event: 4,
      end_event: 41,
      wanted_page_count: 0,
      scanned_page_count: 57,
      reclaimed_page_count: 57,
      slab_shrink_count: 8,
      begin_ns: 0,
      end_ns: 5_305_000,
      priority_min: 5,
      task: 'init-84',
      container: '.',
      reason: 'memcg',
    });
  });

  it('lists the passes of Linux 6.12', () => {
    const { passes_total, nr_scanned, nr_reclaimed } = json('passes', '2');
    expect([passes_total, nr_scanned, nr_reclaimed]).toEqual([57, 3648, 3648]);
  });

  it('numbers them over the whole run, wherever the list begins', () => {
    expect(memledger('passes', '1', '--from', '40', '--limit', '2').stdout).toBe(
      [
        'run 1, ftrace-vmscan-6.1.txt, ftrace',
        '68 reclaim passes, 3,613 pages scanned, 3,613 reclaimed',
        '',
        '#  event       time  task     container  why    scan  reclaim  slab  prio       took',
        '2     43   7.875 ms  init-84  .          memcg    62       62     8     5  816.00 µs',
        '3     74  11.713 ms  init-84  .          memcg    62       62     8     5  339.00 µs',
        '66 more (--from 105)',
        '',
      ].join('\n'),
    );
  });
});

describe('events', () => {
  it('tells a pass in words', () => {
    const { stdout } = memledger('events', '1', '--pass', '1', '--kind', 'shrink_inactive');
    expect(stdout.split('\n').slice(2, 4)).toEqual([
      'event      time  kind             task     container  line  what',
      '   12  4.077 ms  shrink_inactive  init-84  .            21  scanned 1, reclaimed 1, inactive_file, priority 9',
    ]);
    const { events } = json('events', '1', '--pass', '1', '--kind', 'shrink_inactive');
    expect(events.map(({ b }: { b: number }) => b).reduce((sum: number, pages: number) => sum + pages)).toBe(57);
  });

  it('prints the trace’s own lines', () => {
    const { stdout } = memledger('events', '1', '--pass', '1', '--raw');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(38);
    expect(lines[0]).toContain('3.224684: mm_vmscan_memcg_reclaim_begin:');
    expect(lines.at(-1)).toContain('mm_vmscan_memcg_reclaim_end: nr_reclaimed=57');
  });

  it('numbers events from 1, so that the state after an event is asked for by its number', () => {
    const { events } = json('events', '1', '--from', '41', '--count', '1');
    expect(events).toMatchObject([{ event: 41, kind: 'reclaim_end' }]);
    expect(json('events', '1', '--count', '1').events[0].event).toBe(1);
    expect(json('sql', '1', 'select event, end_event from reclaim_passes limit 1')).toMatchObject({ rows: [[4, 41]] });
    expect(json('state', '1', '--event', '41').pass).toBeNull();
    expect(json('state', '1', '--event', '40').pass).toMatchObject({ begin_event: 4, end_event: 41 });
  });

  it('finds events around one, of some kinds', () => {
    const { events, next_event } = json('events', '1', '--around', '1000', '--count', '4', '--kind', 'reclaim_end');
    const indexes = events.map(({ event }: { event: number }) => event);
    expect(indexes.filter((index: number) => index < 1000)).toHaveLength(2);
    expect(indexes).toHaveLength(4);
    expect(next_event).toBeGreaterThan(indexes[3]);
  });

  it.each([
    [['events', '1', '--step', '69'], 'Run 1 has no step 69. (steps are 0 to 68)'],
    [['events', '1', '--pass', '70'], 'Run 1 has no reclaim pass 70. (passes are 1 to 69)'],
    [['events', '1', '--kind', 'oom_kil1'], 'No kind of event is named oom_kil1. (did you mean oom_kill?)'],
    [['events', '77'], 'There is no run 77.'],
    [['state', '1', '--event', '9999'], 'Run 1 has no event 9,999. (its events are 1 to 2,272; 0 is its start)'],
    [['events', '1', '--from', '0'], 'Run 1 has no event 0. (its events are 1 to 2,272)'],
    [['events', '1', '--around', '2273'], 'Run 1 has no event 2,273. (its events are 1 to 2,272)'],
    [['passes', '1', '--from', '0'], 'Run 1 has no event 0. (its events are 1 to 2,272)'],
    [['state', '1', '--sample', 'x'], 'Run 1 has no sample x. (it has none)'],
    [['step', '1'], 'Stepping through a run needs a terminal. (list its events with `memledger events 1`)'],
  ])('%j is refused in one sentence', (args, sentence) => {
    const { exit, stderr } = memledger(...args);
    expect(exit).toBe(1);
    expect(stderr).toBe(`memledger: ${sentence}\n`);
  });

  it('takes one place only', () => {
    const { exit, stderr } = memledger('events', '1', '--from', '3', '--pass', '1');
    expect(exit).toBe(2);
    expect(stderr).toContain("option '--from <event>' cannot be used with option '--pass <number>'");
  });
});

describe('state', () => {
  it('holds what was reclaimed up to then, by list and priority', () => {
    const { event, containers, tasks, pass } = json('state', '1', '--event', '41');
    expect([event, containers['.'].pgscan, containers['.'].pgsteal, pass]).toEqual([41, 57, 57, null]);
    expect(tasks['init-84']).toMatchObject({
      nr_scanned: 57,
      nr_reclaimed: 57,
      lru: { inactive_file: { 9: { nr_scanned: 1, nr_reclaimed: 1 }, 5: { nr_scanned: 31, nr_reclaimed: 31 } } },
    });
  });

  it('is the same by event and by time', () => {
    expect(json('state', '1', '--time', '5.305ms').event).toBe(41);
    expect(json('state', '1', '--step', '1')).toMatchObject({ step: 1, event: 42 });
  });

  it('reads as a table', () => {
    expect(memledger('state', '1', '--event', '20').stdout).toMatchInlineSnapshot(`
      "run 1, ftrace-vmscan-6.1.txt, ftrace
      event 20 of 2,272, step 0 (line 13), 4.894 ms
      in a pass of init-84 on . (memcg): 57 scanned, 57 reclaimed, priority 5

      container  current  anon  file  shmem  swap
      .                -     -     -      -     -
          pgscan 4, pgsteal 4, pgrefill 4

      task                                container  rss  scanned  reclaimed
      init-84                      alive  .            0        4          4
        inactive_file, priority 9                               1          1
        inactive_file, priority 8                               3          3
      "
    `);
  });
});
