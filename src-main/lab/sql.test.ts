import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { EVENT_KINDS } from '../../src-engine/record/events.ts';
import { EVENT_VALUES, SQL_VIEWS } from '../../src-engine/record/sql-views.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { createQuerySession, type QueryResult, type QuerySession } from '../store/sql/query-session.ts';
import { createRunLibrary } from '../store/sql/run-facts.ts';
import { sqlTokens } from '../store/sql/sql-text.ts';
import { must } from '../store/test-database.ts';
import { zstd } from './compressor.ts';
import type { Method, Params } from './contract.ts';
import { createLab, type Lab } from './lab.ts';
import { EXAMPLES_DIR } from './paths.ts';
import { readScenarioFile } from './scenario-file.ts';
import { tableText } from './table-formats.ts';
import { openWorkbench } from './workbench.ts';

/** Examples whose runs hold the ways in which a charge comes and goes. */
const RECORDED: readonly (readonly [file: string, models: readonly string[]])[] = [
  ['02-first-touch-tmpfs.yaml', ['static', 'partial', 'rss', 'software-zones']],
  ['04-removal-leaves-pages.yaml', ['static', 'static,removal=recharge', 'static,removal=reparent', 'memcg-v2']],
  ['50-sockets-one-pool.yaml', ['memcg-v2']],
  ['60-shared-memory-container.yaml', ['smemcg', 'smemcg,current=whole']],
];
const directory = mkdtempSync(join(tmpdir(), 'memledger-sql-'));
const db_path = join(directory, 'library.db');
let database: Database;
let session: QuerySession;

const asked = (sql: string, runs: readonly number[] = [], row_max = 10_000): QueryResult => must(session.query(sql, runs, row_max));
/** The first error of a text, as `line:column text: message`. */
function refused(sql: string): string {
  const answer = session.query(sql, [], 1);
  if (answer.ok) return 'nothing is wrong';
  const [error] = answer.errors;
  return `${error?.place?.line}:${error?.place?.column} ${error?.place?.text ?? ''}: ${error?.message}`;
}

beforeAll(async () => {
  const bench = must(await openWorkbench({ db_path }));
  for (const [file, models] of RECORDED) {
    const added = must(await bench.addScenario(must(readScenarioFile(join(EXAMPLES_DIR, file))), models));
    for (const model of models) must(await bench.record(must(await bench.createRun(added, model))));
  }
  bench.close();
  database = must(await openDatabase(db_path, { readonly: true }));
  session = createQuerySession(database, zstd);
}, 120_000);
afterAll(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

describe('the views', () => {
  it('have a value for every column that a kind of event explains', () => {
    const unread = EVENT_KINDS.flatMap(({ name, columns }) =>
      (['a', 'b', 'flags'] as const).flatMap((column) =>
        columns[column] !== undefined && !EVENT_VALUES[name as keyof typeof EVENT_VALUES].some(({ of }) => of === column) ? [`${name}.${column}`] : [],
      ),
    );
    // The step's own index is the common column `step`, and the path of a new container the common column `container`.
    expect(unread).toEqual(['step_begin.a', 'container_create.a']);
  });

  it('give the columns that they are documented with', () => {
    for (const { name, columns } of SQL_VIEWS)
      expect(asked(`select * from "${name}" limit 1`, [1]).columns, name).toEqual(columns.map((column) => column.name));
  });

  it('count every event once, whether by the index or one by one', () => {
    const by_index = asked('select run, kind, events from event_counts order by run, kind').rows;
    expect(asked('select run, kind, count(*) from events group by run, kind order by run, kind').rows).toEqual(by_index);
    expect(asked('select run, sum(events) from event_counts group by run').rows).toEqual(asked('select run, events from runs').rows);
  });

  it('add up: charges less uncharges of a subtree are its `current`, in every run and to the byte', () => {
    const runs = createRunLibrary(database, zstd);
    for (const run_id of runs.ids()) {
      const facts = runs.open(run_id);
      if (facts === undefined) throw new Error(`run ${run_id} is empty`);
      const own = new Map(
        asked(
          `select container, sum(bytes) from (select container, bytes from charges union all select container, -bytes from uncharges) where container is not null group by 1`,
          [run_id],
        ).rows.map(([path, bytes]) => [String(path), Number(bytes)]),
      );
      const below = (path: string): number => [...own].reduce((sum, [other, bytes]) => sum + (other === path || other.startsWith(`${path}/`) ? bytes : 0), 0);
      // Of a path that was used again the sums are of all that had it.
      const paths = facts.last.containers.map(({ path }) => path);
      for (const { path, exists, counters } of facts.last.containers) {
        if (path === '.' || !exists || paths.filter((other) => other === path).length > 1) continue;
        expect(Math.floor(below(path)), `run ${run_id}, ${path}`).toBe(counters[COUNTER.current]);
      }
    }
  });

  it('show counters at the end of each step as the player does, and the samples at their moments', () => {
    const { rows } = asked(`select c.current_bytes, c.file_bytes from counters c where run = 1 and container = 'A' order by step desc limit 1`);
    const { last } = createRunLibrary(database, zstd).open(1) ?? {};
    const a = last?.containers.find(({ path }) => path === 'A');
    expect(rows).toEqual([[a?.counters[COUNTER.current], a?.counters[COUNTER.file]]]);
    const stored = database.sqlite.prepare<[], number>('select count(*) from samples where run_id = 1').pluck().get();
    expect(asked('select count(distinct sample) from samples where run = 1').rows).toEqual([[stored]]);
  });

  it('read a part of the events by their range', () => {
    expect(asked('select min(event), max(event), count(*) from events_in(1, 101, 140)').rows).toEqual([[101, 140, 40]]);
    expect(asked('select typeof(step), typeof(event), describe(run, event) from step_begin where run = 1 limit 1').rows).toEqual([
      ['integer', 'integer', expect.stringMatching(/^step 0, line \d+$/)],
    ]);
  });

  it('hold the runs that were asked for, and no others', () => {
    expect(asked('select run from runs', [3, 2]).rows).toEqual([[2], [3]]);
    expect(asked('select distinct run from charges', [2]).rows).toEqual([[2]]);
    expect(session.query('select 1', [999], 1)).toMatchObject({ ok: false, errors: [{ code: 'no-such-run' }] });
  });

  it('stop at as many rows as were asked for, and say so', () => {
    expect(asked('select * from events', [1], 10)).toMatchObject({ is_cut: true, rows: { length: 10 } });
    expect(asked('values (1), (2)', [1], 2)).toMatchObject({ is_cut: false, rows: [[1], [2]] });
  });
});

describe('a text that is no query', () => {
  it('is refused where it would do more than read', () => {
    for (const sql of [
      'pragma user_version',
      "attach database '/etc/passwd' as p",
      'create table x (y)',
      'insert into runs(run) values (1)',
      'with x as (select 1) insert into runs(run) select * from x returning run',
      'begin',
      'vacuum',
      'select 1; drop table scope',
    ]) {
      const answer = session.query(sql, [], 1);
      expect(answer, sql).toMatchObject({ ok: false, errors: [{ code: 'sql', remedy: expect.stringContaining('select') }] });
    }
    expect(asked('select count(*) from runs').rows).toEqual([[11]]);
  });

  it('reaches neither files nor the tables of the library', () => {
    expect(refused('select * from revisions')).toBe('1:15 revisions: no such table: revisions.');
    expect(refused("select readfile('/etc/passwd')")).toContain('no such function: readfile');
    expect(refused("select load_extension('x')")).toMatch(/not authorized|no such function/);
  });

  it('has its mistake told with line and column', () => {
    expect(refused('')).toBe('1:1 : There is no query.');
    expect(refused('selec 1')).toBe('1:1 selec: near "selec": syntax error.');
    expect(refused('select a,\n  , b from events')).toBe('2:3 ,: near ",": syntax error.');
    expect(refused('select step,\n  nope -- nope is wrong\nfrom steps')).toBe('2:3 nope: no such column: nope.');
    expect(refused("select 'nope', s.nope from steps s")).toBe('1:16 s.nope: no such column: s.nope.');
    expect(refused('select 1 from steps\nwhere step in (select run from stepz)')).toBe('2:32 stepz: no such table: stepz.');
    expect(refused('select count(*) from (select 1')).toBe('1:31 : incomplete input.');
    expect(refused("select 'abc")).toBe('1:8 \'abc: unrecognized token: "\'abc".');
    expect(refused('select run from steps a join steps b')).toBe('1:8 run: ambiguous column name: run.');
  });

  it('has a name that is not there answered with the one that was meant, or with those there are', () => {
    const remedyOf = (sql: string): string | undefined => {
      const answer = session.query(sql, [], 1);
      return answer.ok ? undefined : answer.errors[0]?.remedy;
    };
    expect(remedyOf('select * from memory_events')).toBe('did you mean `memory_event`?');
    expect(remedyOf('select r.reclaimed from reclaim_passes r')).toBe('did you mean `reclaimed_pages`?');
    expect(remedyOf('select current from samples')).toBe('did you mean `current_bytes`?');
    // The names that reports print, with a dot or in double quotes.
    for (const written of ['memory.max', '"memory.max"', 'c."memory.limit_in_bytes"'])
      expect(remedyOf(`select ${written} from counters c`)).toBe('did you mean `limit_max_bytes`?');
    expect(remedyOf('select events.max from counters')).toBe('did you mean `events_max`?');
    expect(remedyOf('select what from kills')).toMatch(/^kills has run, event, .*badness$/);
    expect(remedyOf('select what from samples')).toContain('memledger sql --views');
    expect(remedyOf('select foo()')).toBeUndefined();
  });

  it('is cut into tokens that make the text again, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '1', "'", '"', '-', '\n', ' ', '(', '.', '*', '/', '[', '`', 'é') }), (sql) => {
        let at = 0;
        for (const { text, from, to } of sqlTokens(sql)) {
          expect(from).toBeGreaterThanOrEqual(at);
          expect(sql.slice(from, to)).toBe(text);
          at = to;
        }
      }),
    );
  });
});

describe('a result as text', () => {
  const columns = ['name', 'n'];
  const rows = [
    ['a,"b"', 1],
    ['c|d', null],
  ] as const;
  it('is CSV, Markdown or lines of 72 columns', () => {
    expect(tableText('csv', columns, rows).text).toBe('name,n\r\n"a,""b""",1\r\nc|d,\r\n');
    expect(tableText('markdown', columns, rows).text).toBe('| name | n |\n| --- | ---: |\n| a,"b" | 1 |\n| c\\|d |  |\n');
    expect(tableText('text', columns, rows).text).toBe('name   n\na,"b"  1\nc|d\n');
    const wide = tableText('text', ['long', 'n'], [['x'.repeat(200), 123456789012]]).text;
    expect(Math.max(...wide.split('\n').map(({ length }) => length))).toBe(72);
    expect(wide).toContain('123456789012');
    // What finds no room on a line is written a column a line, no number cut.
    const many = Array.from({ length: 20 }, (_, index) => 10 ** 12 + index);
    expect(
      tableText(
        'text',
        many.map((_, index) => `c${index}`),
        [many],
      ).text,
    ).toContain('row 1\n  c0   1000000000000\n');
  });

  it('tells what it cuts for a line, and cuts nothing where no width is given', () => {
    const long = [
      ['x'.repeat(60), 'y'.repeat(30), 1],
      ['x', 'y', 2],
      ['x'.repeat(60), 'two\nlines', 3],
    ] as const;
    const names = ['a', 'b', 'n'];
    const fitted = tableText('text', names, long, 80);
    expect(Math.max(...fitted.text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(fitted.cut).toEqual([{ column: 'a', value_count: 2 }]);
    const whole = tableText('text', names, long, null);
    expect([whole.cut, whole.text.split('\n')[1]]).toEqual([[], `${'x'.repeat(60)}  ${'y'.repeat(30)}  1`]);
    expect(tableText('vertical', names, long, 80).text).toContain(`row 1\n  a  ${'x'.repeat(60)}\n`);
  });
});

describe('the lab', () => {
  let lab: Lab;
  const call = async <M extends Method>(method: M, params: Params<M>) => lab.handle({ id: 1, method, params });
  beforeAll(async () => {
    lab = must(await createLab({ db_path }));
  });
  afterAll(() => lab.close());

  let kept_id = 0;
  it('keeps a result for its rows, a column and its text', async () => {
    const reply = await call('sqlQuery', { sql: "select 7 as n, 'x' as t union all select 8, null", run_ids: [1] });
    expect(reply).toMatchObject({
      ok: true,
      value: {
        row_count: 2,
        is_cut: false,
        columns: [
          { name: 'n', is_numeric: true },
          { name: 't', is_numeric: false },
        ],
      },
    });
    const { query_id } = (reply as { readonly value: { readonly query_id: number } }).value;
    kept_id = query_id;
    expect(await call('sqlRows', { query_id, from_row: 1, count: 5 })).toMatchObject({ value: [[8, null]] });
    expect(await call('sqlColumn', { query_id, column: 0 })).toMatchObject({ value: { values: Float64Array.of(7, 8), labels: null } });
    expect(await call('sqlText', { query_id, format: 'csv' })).toMatchObject({ value: { text: 'n,t\r\n7,x\r\n8,\r\n' } });
    expect(await call('sqlRows', { query_id: 99, from_row: 0, count: 5 })).toMatchObject({ ok: false, errors: [{ code: 'sql-result-gone' }] });
  });

  it('ends a query that is cancelled or takes too long, and answers the next', async () => {
    const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n';
    const cancelled = call('sqlQuery', { sql: endless, run_ids: [1] });
    await call('sqlCancel', {});
    expect(await cancelled).toMatchObject({ ok: false, errors: [{ code: 'sql-cancelled' }] });
    // Results that went with the process are not mistaken for those of the next one.
    expect(await call('sqlQuery', { sql: 'select 3', run_ids: [1] })).toMatchObject({ ok: true });
    expect(await call('sqlRows', { query_id: kept_id, from_row: 0, count: 1 })).toMatchObject({ ok: false, errors: [{ code: 'sql-result-gone' }] });
    expect(await call('sqlQuery', { sql: endless, run_ids: [1], time_max_s: 1 })).toMatchObject({ ok: false, errors: [{ code: 'sql-too-long' }] });
    expect(await call('sqlQuery', { sql: 'select 1', run_ids: [1] })).toMatchObject({ ok: true });
  });
});
