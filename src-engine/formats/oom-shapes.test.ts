import { describe, expect, it } from 'vitest';
import { KIND } from '../record/events.ts';
import { programOf } from '../scenario/test-scenario.ts';
import { simulate } from '../simulate.ts';
import type { ImportedText } from './foreign-format.ts';
import { oomFixture as fixture, readOom as read } from './test-oom.ts';

/** Expectations that do not hold under the model that the report comes from. */
function failed({ scenarios }: ImportedText): readonly string[] {
  return scenarios.flatMap(({ text }) => {
    const model = /^models: \[([\w-]+)/m.exec(text)?.[1] ?? '';
    const outcome = simulate(programOf(text), model, { seal: (columns) => columns, sample: () => undefined });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
    return outcome.value.summary.expectations.filter(({ held }) => !held).map(({ counter }) => counter);
  });
}

describe('what a report lost', () => {
  it('its counters and statistics, to tail: a scenario without a limit, and it is told', () => {
    const tail = read(fixture('v2-5.4-tail.txt'));
    expect(tail.lines.not_understood.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(tail.scenarios[0]?.text).toContain('  foo: {}\n');
    expect(tail.scenarios[0]?.text).toContain('size: 68KiB }   # line 6: rss 223 pages, 17 of them anonymous here\n');
    expect(tail.notes[0]).toBe('the report at line 5 has no line `memory: usage …`: foo has no limit here, and its usage is not known');
  });

  it('the header of its table: columns go by their number, the group by the line of the kill', () => {
    const pods = read(fixture('v2-5.15-pods.txt'));
    expect(pods.lines.not_understood.map(({ line }) => line)).toEqual([11]);
    const { text } = pods.scenarios[0] ?? { text: '' };
    expect(text).toContain('  kubepods.slice: { oom-group: true }');
    expect(text).toContain('pause-4792: { in: kubepods.slice, oom-score-adj: -998 }');
    // Of the table 20814 pages; of the line of the kill 7165824 kB.
    expect(text).toContain('alloc: ig-6331-anon, by: ig-6331, size: 83256KiB');
    expect(text).toContain('alloc: bash-7788-anon, by: bash-7788, size: 7165824KiB');
  });

  it('statistics, as before 3.8: what tasks have is anonymous as far as usage goes', () => {
    const old = read(fixture('v1-3.7-no-statistics.txt'));
    expect(old.scenarios[0]?.text).toContain('  1: { max: 100MiB, memsw-max: 100MiB }');
    expect(old.slack).toMatchObject([{ stated: 104_857_600, found: 104_849_408 }]);
    expect(failed(old)).toEqual([]);
  });

  it('half of its lines, to the author of a book', () => {
    const book = read(fixture('v1-3.10-book.txt'));
    expect(book.lines).toMatchObject({ lines_total: 26, lines_not_understood: 0 });
    expect(book.scenarios[0]?.text).toContain('  foo: { max: 4KiB }');
    expect(book.scenarios[0]?.text).toContain('sh-2687');
  });
});

describe('what older kernels and journals print', () => {
  it('2.6.32: the UID before the name', () => {
    const { lines, scenarios } = read(fixture('v1-2.6.32-short.txt'));
    expect(lines.lines_not_understood).toBe(0);
    expect(scenarios[0]?.text).toContain('alloc: java-215701-anon, by: java-215701, size: 7152432KiB');
  });

  it('announcement and kill in one line', () => {
    expect(read(fixture('v1-merged.txt')).scenarios[0]?.text).toContain('alloc: stress-23681-anon, by: stress-23681, size: 247248KiB');
  });

  it('nobody to kill', () => {
    const { lines, scenarios } = read(fixture('v1-4.19-nobody.txt'));
    expect(lines.lines_not_understood).toBe(0);
    expect(scenarios[0]?.name).toBe('Out of memory in /syz0');
  });

  it('prefixes: dmesg -T in another language, -H, --time-format iso', () => {
    const line = 'Memory cgroup out of memory: Killed process 9 (a) total-vm:8kB, anon-rss:8kB, file-rss:0kB, shmem-rss:0kB';
    for (const prefix of ['[五 5月 15 17:19:17 2026] ', '[Fr Mai 15 17:19:17 2026] ', '[  +0.000042] ', '[May15 17:19] ', '2026-05-15T17:19:17,123456+02:00 '])
      expect(read(`${prefix}${line}\n`).lines.lines_used, prefix).toBe(1);
  });
});

describe('pages and machines', () => {
  it('pages of 64 KiB are told from what is printed of one task in pages and in kB', () => {
    const { scenarios, notes } = read(
      [
        'memory: usage 65536kB, limit 65536kB, failcnt 9',
        'swap: usage 0kB, limit 0kB, failcnt 0',
        'Memory cgroup stats for /a:',
        'anon 61865984',
        '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name',
        '[    101]     0   101      300       40   196608        0             0 sh',
        '[    102]     0   102     2000      904   196608        0             0 hog',
        'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=hog,pid=102,uid=0',
        'Memory cgroup out of memory: Killed process 102 (hog) total-vm:128000kB, anon-rss:57856kB, file-rss:0kB, shmem-rss:0kB, UID:0',
      ].join('\n'),
    );
    expect(notes).toContainEqual(expect.stringContaining('pages of 64 KiB'));
    expect(scenarios[0]?.text).toContain('alloc: sh-101-anon, by: sh-101, size: 2560KiB');
  });

  it('kills of the whole machine without its state make no scenario, and it is said what is missing', () => {
    const { lines, notes, scenarios } = read(fixture('machine-6.1-less.txt'));
    expect(scenarios).toEqual([]);
    expect(lines.lines_not_understood).toBe(0);
    expect(notes).toHaveLength(2);
    expect(notes[1]).toBe(
      'the report at line 4 is of the whole machine, and has no line `… pages RAM`, no `Mem-Info:` with active_anon and active_file, no table of tasks: no scenario is made of it',
    );
  });

  it('a report of the whole machine makes one of its memory, with its tasks in the root, and no limit', () => {
    const whole = read(fixture('machine-6.12.txt'));
    const { lines, scenarios, slack, notes } = whole;
    expect(lines.lines_not_understood).toBe(0);
    const { text } = scenarios[0] ?? { text: '' };
    // 131072 pages RAM without 12288 reserved; of 65532 kB of swap 128 were free.
    expect(text).toContain('machine: { memory: 464MiB, swap: 128KiB }');
    expect(text).not.toContain('containers:');
    expect(text).toContain('hog-812: { in: ., oom-score-adj: 100 }');
    expect(text).toContain('size: 300MiB }   # line 33: rss 77056 pages');
    expect(slack.map(({ what, stated, found }) => [what, stated, found])).toMatchInlineSnapshot(`
      [
        [
          "anonymous memory of the machine: its lists, and its tasks added up",
          318767104,
          316669952,
        ],
        [
          "memory of the machine without what is reserved, and what the report lists of it added up",
          486539264,
          404504576,
        ],
        [
          "swap in use, and swap in the scenario",
          66973696,
          0,
        ],
      ]
    `);
    expect(notes).toEqual(['the report at line 1 is of the whole machine: its tasks stand in the root, since it names the group of the victim only']);
    expect(failed(whole)).toEqual([]);
  });

  it('the task that was killed is killed again where nothing is left of the machine', () => {
    const [scenario] = read(fixture('machine-6.12.txt')).scenarios;
    const kills: string[] = [];
    const program = programOf(scenario?.text ?? '');
    const outcome = simulate(program, 'memcg-v2', {
      seal: (columns, count) => {
        for (let row = 0; row < count; row += 1) if (columns.kind[row] === KIND.oom_kill) kills.push(program.taskNames[columns.task[row] ?? 0] ?? '');
        return columns;
      },
      sample: () => undefined,
    });
    expect(outcome.ok).toBe(true);
    expect(kills).toEqual(['hog-812']);
  });

  it('one of a part of the machine does not say how much that part has', () => {
    const text = fixture('machine-6.12.txt').replace('CONSTRAINT_NONE', 'CONSTRAINT_CPUSET');
    expect(read(text).notes[0]).toContain('is of a part of the machine (CONSTRAINT_CPUSET)');
  });
});

describe('a report that stands in the text more than once', () => {
  it('makes one scenario, and it is said', () => {
    const text = fixture('v2-6.12-quoted.txt');
    const once = read(text);
    const twice = read(`${text}\n${text.replaceAll(/^/gm, '> ')}`);
    expect(twice.scenarios).toEqual(once.scenarios);
    const line_count = text.split('\n').length;
    expect(twice.notes).toEqual([...once.notes, `the report at line 1 stands twice (again at line ${1 + line_count}): it is taken once`]);
    expect(twice.lines.lines_not_understood).toBe(2 * once.lines.lines_not_understood);
  });

  it('is told from another kill of the same group', () => {
    const text = fixture('v1-2.6.32-short.txt');
    expect(read(text + text.replaceAll('215701', '215702')).scenarios).toHaveLength(2);
  });
});
