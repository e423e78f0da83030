import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../../src-engine/base/result.ts';
import { readScenarioFile } from '../../lab/scenario-file.ts';
import { openScratchWorkbench, type Workbench } from '../../lab/workbench.ts';
import { openPlayedRun } from './played-run.ts';
import { createStepper, type Stepper } from './stepper.ts';
import type { FrameLine, ScreenSize } from './stepper-frame.ts';
import { KEY_HELP } from './stepper-keys.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const SIZE: ScreenSize = { columns: 80, rows: 24 };

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
}

const SCENARIO = `memledger: 1
name: B reads what A brought in
containers: { pods/A: { max: 1MiB }, B: {} }
objects: { shared: { file: 2MiB } }
tasks: { a: { in: pods/A }, b: { in: B } }
steps:
  - { read: shared, by: a }
  - { read: shared, by: b }
models: [static]
`;
const dir = mkdtempSync(join(tmpdir(), 'memledger-step-'));

let bench: Workbench;
let trace_run = 0;
let engine_run = 0;
beforeAll(async () => {
  bench = must(await openScratchWorkbench());
  const fixture = path('test/fixtures/ftrace-vmscan-6.1.txt');
  const imported = must(await bench.importTrace(fixture, readFileSync(fixture)));
  trace_run = imported.report.run_ids[0] ?? 0;
  const file = join(dir, 'two.yaml');
  writeFileSync(file, SCENARIO);
  const scenario = must(await bench.addScenario(must(readScenarioFile(file)), ['static']));
  engine_run = must(await bench.createRun(scenario, 'static'));
  must(await bench.record(engine_run));
});
afterAll(() => {
  bench.close();
  rmSync(dir, { recursive: true, force: true });
});

const open = async (run_id: number, event = 0): Promise<Stepper> => must(await createStepper(must(await openPlayedRun(run_id, bench)), event));
async function press(stepper: Stepper, ...keys: string[]): Promise<void> {
  for (const key of keys) await stepper.press(key);
}
const frame = async (stepper: Stepper, size = SIZE): Promise<readonly FrameLine[]> => must(await stepper.frame(size));
const text = async (stepper: Stepper, size = SIZE): Promise<string[]> => (await frame(stepper, size)).map((line) => line.text.trimEnd());
const place = async (stepper: Stepper): Promise<string> => (await text(stepper))[1] ?? '';

/** A stepper of a run whose searches go on until they are ended, by the lab's own way. */
async function openEndless(run_id: number): Promise<{ readonly stepper: Stepper; readonly asked: string[] }> {
  const run = must(await openPlayedRun(run_id, bench));
  const asked: string[] = [];
  let end: (value: Result<never>) => void = () => undefined;
  const play = (async (method: string, params: { readonly search?: string }) => {
    if (method === 'cancelSearch') end({ ok: false, errors: [{ code: 'cancelled', message: 'The search was ended.' }] });
    if (params.search === undefined || method === 'cancelSearch') return run.play(method as 'seek', params as never);
    asked.push(method);
    return new Promise<Result<never>>((resolve) => {
      end = resolve;
    });
  }) as typeof run.play;
  return { stepper: must(await createStepper({ ...run, play }, 3)), asked };
}

describe('a search that takes long', () => {
  it('is ended by the terminal, and the cursor stays where it was', async () => {
    const { stepper, asked } = await openEndless(engine_run);
    const begins: readonly (readonly [before: readonly string[], key: string])[] = [
      [['j', ...'next', 'space', ...'nothing'], 'return'],
      [['/', ...'oom_kill', 'return'], 'n'],
      [['y', ...'B', 'space', ...'current'], 'return'],
      [['W', ...'B', 'space', ...'current'], 'return'],
    ];
    for (const [before, key] of begins) {
      await press(stepper, ...before);
      expect(stepper.searching()).toBe(false);
      const pressed = stepper.press(key);
      expect(stepper.searching()).toBe(true);
      stepper.stop();
      expect(await pressed).toBe('draw');
      expect(stepper.searching()).toBe(false);
      const lines = await text(stepper);
      expect([lines[1]?.startsWith('event 3 of'), lines.at(-1)]).toEqual([true, 'The search was ended.']);
    }
    expect(asked).toEqual(['findEvents', 'findEvents', 'why', 'watchValues']);
  });
});

describe('a real trace', () => {
  it('shows a pass under way at 80×24', async () => {
    const stepper = await open(trace_run);
    await press(stepper, '}', '}', ...'......');
    expect(await text(stepper)).toMatchInlineSnapshot(`
      [
        "run 1, ftrace-vmscan-6.1.txt, ftrace",
        "event 49 of 2,272, step 1 (line 51), 8.033 ms",
        "━━──────────────────────────────────────────────────────────────────────────────",
        "in a pass of init-84 on . (memcg): 62 scanned, 62 reclaimed, priority 5",
        "container   pgscan   pgsteal  pgrefill",
        ".               58+       58+       57",
        "  .: pgscan +1, pgsteal +1",
        "",
        "init-84 reclaimed 58 of 58: inactive_file p10 1/1 p9 1/1 p8 3/3 p7 7/7 p6 15/15",
        "p5 31/31",
        "── shrink_inactive: init-84 .: scanned 1, reclaimed 1, inactive_file, priority …",
        "     44 shrink_slab_start to scan 0 of 1 freeable object, priority 12",
        "     45 shrink_slab_end   scanned 0 objects, freed 0",
        "     46 shrink_slab_start to scan 0 of 1 freeable object, priority 11",
        "     47 shrink_slab_end   scanned 0 objects, freed 0",
        "     48 lru_isolate       scanned 1, taken 1, inactive_file",
        ">    49 shrink_inactive   scanned 1, reclaimed 1, inactive_file, priority 10",
        "     50 shrink_slab_start to scan 0 of 1 freeable object, priority 10",
        "     51 shrink_slab_end   scanned 0 objects, freed 0",
        "     52 lru_isolate       scanned 2, taken 2, inactive_file",
        "     53 shrink_inactive   scanned 2, reclaimed 2, inactive_file, priority 9",
        "     54 shrink_slab_start to scan 0 of 1 freeable object, priority 9",
        "     55 shrink_slab_end   scanned 0 objects, freed 0",
        ". , event  t T step  ] [ notable  } { pass  j jump  / kinds  ? help  q quit",
      ]
    `);
  });

  it('steps back to where it came from', async () => {
    const stepper = await open(trace_run, 500);
    const before = await text(stepper);
    await press(stepper, '.', '.', ',', ',');
    // Only what changed last differs.
    expect((await text(stepper))[1]).toBe(before[1]);
    await press(stepper, 'home');
    expect(await place(stepper)).toBe('event 0 of 2,272, before the first step, 0 ns');
    await press(stepper, ',');
    expect((await text(stepper)).at(-1)).toBe('This is the start of the run.');
    await press(stepper, 'end', '{');
    expect(await place(stepper)).toMatch(/^event 2,\d+ of 2,272, step 68 /);
  });

  it('jumps', async () => {
    const stepper = await open(trace_run);
    await press(stepper, 'j', ...'1,000', 'return');
    expect(await place(stepper)).toMatch(/^event 1,000 /);
    await press(stepper, 'j', ...'-20', 'return');
    expect(await place(stepper)).toMatch(/^event 980 /);
    await press(stepper, 'j', ...'step', 'space', '2', 'return');
    expect(await place(stepper)).toMatch(/, step 2 /);
    await press(stepper, 'j', ...'nowhere', 'return');
    expect((await text(stepper)).slice(-4).join(' ')).toContain('“nowhere” is no place in this run.');
  });

  it('offers to explain what a trace tells', async () => {
    const stepper = await open(trace_run);
    await press(stepper, '}', 'y');
    expect((await text(stepper)).at(-1)).toBe('why (Enter: . pgscan): ▏');
    await press(stepper, 'return');
    expect((await text(stepper)).join('\n')).toContain('. pgscan is 0');
  });

  it('lists some kinds only, and finds them', async () => {
    const stepper = await open(trace_run);
    await press(stepper, '/', ...'reclaim_end', 'return', 'n', 'n', 'N');
    expect(await place(stepper)).toMatch(/^event 41 /);
    const rows = (await text(stepper)).filter((line) => /^[> ] +[\d,]+ /.test(line));
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row).toContain('reclaim_end');
    await press(stepper, 'N');
    expect((await text(stepper)).at(-1)).toBe('No reclaim_end before the cursor.');
    await press(stepper, '/', ...'reclam_end', 'return');
    expect((await text(stepper)).at(-1)).toContain('did you mean reclaim_end?');
  });

  it('shows the trace’s own line', async () => {
    const stepper = await open(trace_run, 4);
    await press(stepper, 'r');
    expect((await text(stepper)).slice(4, 6).join('')).toContain('3.224684: mm_vmscan_memcg_reclaim_begin: order=0');
  });
});

describe('a run of the engine', () => {
  it('shows containers, what changed, and the scenario’s line at 80×24', async () => {
    const stepper = await open(engine_run);
    await press(stepper, ']', ']', '.');
    expect(await text(stepper)).toMatchInlineSnapshot(`
      [
        "run 2, B reads what A brought in, static",
        "event 270 of 1,375, step 0 (line 7), 20.506 ms",
        "━━━━━━━━━━━━━━━━────────────────────────────────────────────────────────────────",
        "in a pass of a on pods/A (max): 55 scanned, 55 reclaimed, priority 3",
        "- { read: shared, by: a }",
        "container  current  memory.max      anon      file    pgscan   pgsteal",
        ".          1020KiB−        max         0   1020KiB−        0         0",
        "pods       1020KiB−        max         0   1020KiB−        0         0",
        "pods/A     1020KiB−       1MiB         0   1020KiB−        0         0",
        "B                0         max         0         0         0         0",
        "  pods/A: current −4KiB, file −4KiB, inactive_file −4KiB, pods: current −4KiB,",
        "  file −4KiB, inactive_file −4KiB, .: current −4KiB, file −4KiB, …",
        "── page_evict: pods/A shared:0: uncharged 1 page ───────────────────────────────",
        "    266 page_add          a pods/A shared:254  onto inactive_file, charged 1 pa…",
        "    267 page_add          a pods/A shared:255  onto inactive_file, charged 1 pa…",
        "    268 memory_event      a pods/A  events.max +1",
        "    269 reclaim_begin     a pods/A  memory.max hit, wants 32 pages",
        ">   270 page_evict        pods/A shared:0  uncharged 1 page",
        "    271 shrink_inactive   a pods/A  scanned 1, reclaimed 1, inactive_file, prio…",
        "    272 page_evict        pods/A shared:1  uncharged 1 page",
        "    273 shrink_inactive   a pods/A  scanned 1, reclaimed 1, inactive_file, prio…",
        "    274 page_evict        pods/A shared:2  uncharged 1 page",
        "    275 page_evict        pods/A shared:3  uncharged 1 page",
        ". , event  t T step  ] [ notable  } { pass  j jump  / kinds  ? help  q quit",
      ]
    `);
  });

  it('continues to the event that changes what is watched, and back', async () => {
    const stepper = await open(engine_run);
    const message = async (): Promise<string> => (await text(stepper)).at(-1) ?? '';
    await press(stepper, 'u');
    expect(await message()).toBe('Say first what to watch, with W.');
    await press(stepper, 'W', ...'B curent', 'return');
    expect(await message()).toContain('did you mean `current`?');
    await press(stepper, 'W', ...'B current', 'return');
    expect(await message()).toBe('B current: 0');
    await press(stepper, 'u');
    expect(await message()).toBe('B current: 0 -> 4 KiB');
    const first = await place(stepper);
    await press(stepper, 'u', 'U');
    expect(await place(stepper)).toBe(first);
    await press(stepper, 'U');
    expect(await message()).toBe('B current does not change before the cursor.');
  });

  it('says why, finds what comes next, counts from a marker, and bookmarks', async () => {
    const stepper = await open(engine_run);
    await press(stepper, 'j', ...'next', 'space', ...'page_add', 'space', ...'of', 'space', ...'b', 'return');
    const found = await text(stepper);
    expect(found.find((line) => line.startsWith('>'))).toContain(' b ');
    await press(stepper, 'm', 't', 'y');
    expect((await text(stepper)).at(-1)).toBe('why (Enter: pods current): ▏');
    await press(stepper, 'escape', 'j', ...'previous', 'space', ...'page_add', 'return', 'y');
    expect((await text(stepper))[1]).toContain(', A at ');
    expect((await text(stepper)).at(-1)).toMatch(/^why \(Enter: \S+\[\d+\]\): ▏$/);
    await press(stepper, 'return');
    expect((await text(stepper)).join('\n')).toMatch(/shared\[\d+\] is charged to/);
    await press(stepper, 'Y');
    expect((await text(stepper)).slice(5, 8)).toEqual([
      expect.stringMatching(/^From marker A, event [\d,]+, to event [\d,]+:$/),
      '',
      expect.stringContaining('B − A'),
    ]);
    await press(stepper, 'y', 'B', 'space', ...'evnts.max', 'return');
    expect((await text(stepper)).at(-1)).toContain('did you mean `events.max`?');
    await press(stepper, 'b', ...'odd', 'return');
    expect((await text(stepper)).at(-1)).toMatch(/^Event [\d,]+ is bookmarked\.$/);
    const marked = await bench.database.kysely.selectFrom('bookmarks').selectAll().where('run_id', '=', engine_run).execute();
    expect(marked.map(({ note }) => note)).toEqual(['odd']);
  });

  it('shows all of the help at 80×24, and of a long sentence, cutting nothing', async () => {
    const stepper = await open(engine_run);
    await press(stepper, '?');
    const pages = await text(stepper);
    await press(stepper, 'space');
    pages.push(...(await text(stepper)));
    const shown = pages.join(' ').replace(/\s+/g, ' ');
    for (const [keys, meaning] of KEY_HELP) expect(shown).toContain(`${keys.replace(/\s+/g, ' ')} ${meaning}`);
    expect(shown).not.toContain('…');
    await press(stepper, 'j', ...'nowhere', 'return');
    expect((await text(stepper)).slice(-4).join(' ')).toContain('“nowhere” is no place in this run. Write an event');
    expect((await text(stepper)).at(-1)).toMatch(/previous recharge\)\.$/);
  });

  it('has no trace to show', async () => {
    const stepper = await open(engine_run);
    await press(stepper, 'r');
    expect((await text(stepper)).at(-1)).toBe('Only imported traces have lines of their own.');
  });
});

it.each([
  [80, 24],
  [120, 40],
  [200, 60],
  [40, 10],
  [20, 5],
])('a frame fills %i×%i and no more', async (columns, rows) => {
  for (const run_id of [trace_run, engine_run]) {
    const stepper = await open(run_id, 700);
    for (const keys of [[], ['?'], ['/', 'x'], ['end']]) {
      await press(stepper, ...keys);
      const lines = await frame(stepper, { columns, rows });
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(line.text.length).toBeLessThanOrEqual(columns);
    }
  }
});

it('leaves to the terminal what is its own', async () => {
  const stepper = await open(trace_run);
  expect(await stepper.press('q')).toBe('quit');
  expect(await stepper.press('ctrl-z')).toBe('suspend');
  expect(await stepper.press('ctrl-l')).toBe('redraw');
  expect(await stepper.press('x')).toBeNull();
  expect(await stepper.press('.')).toBe('draw');
});
