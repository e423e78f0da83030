import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Database, integrityProblems } from '../store/database.ts';
import { createRunStore, type NewRun } from '../store/runs.ts';
import { createScenarioStore } from '../store/scenarios.ts';
import { must, temporaryDirectory, testDatabase } from '../store/test-database.ts';
import type { RunRow } from './contract.ts';
import { recordRun } from './record-run.ts';
import { summarise } from './scenario-text.ts';

/** Thrashes: about two events an access, so several blocks in a moment. */
const SCENARIO = `memledger: 1
name: Thrash
containers:
  A: { max: 4MiB }
objects:
  data: { file: 64MiB }
tasks:
  a: { in: A }
steps:
  - { read: data, by: a, range: 0..1MiB }
  - { sample: early }
  - { workload: uniform, over: data, by: a, accesses: 130000 }
  - { sample: late }
  - { expect: { A: { current: 4MiB ±10% } } }
`;

async function prepare(database: Database, recorder: string): Promise<number> {
  const scenarios = createScenarioStore(database);
  const known = (await scenarios.list())[0]?.id ?? (await scenarios.create({ text: SCENARIO, summary: summarise(SCENARIO), origin: 'user' }));
  const scenario = await scenarios.read(known);
  const run: NewRun = {
    scenario_id: known,
    scenario_name: 'Thrash',
    revision_id: scenario?.revision_id ?? null,
    base_dir: null,
    source: 'engine',
    model: 'static',
    recorder,
  };
  return createRunStore(database).create(run);
}

/** Everything that was recorded of a run, for comparison. */
function recordedOf({ sqlite }: Database, run_id: number): unknown {
  // Blobs as text: a difference then shows.
  const plain = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);
  const all = (query: string): unknown[] =>
    sqlite
      .prepare<[number], Record<string, unknown>>(query)
      .all(run_id)
      .map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)])));
  return {
    names: all('select meta, names, event_count, log_sha256 from runs where id = ?'),
    blocks: all(
      'select block_index, first_event, event_count, first_step, first_time_ns, kind_counts, log_sha256, data from blocks where run_id = ? order by block_index',
    ),
    keyframes: all('select block_index, data from keyframes where run_id = ? order by block_index'),
    series: all('select block_index, level, data from series where run_id = ? order by block_index, level'),
    samples: all('select sample_index, name, event_index, step_index, data from samples where run_id = ? order by sample_index'),
    expectations: all('select line, path, counter, actual, held from expectations where run_id = ?'),
  };
}

/**
 * Lets another process record a run, or its rest, and kills it once so many events are sealed. Answers how many kills that were: 0 if the run was complete
 * before.
 */
async function killWhileRecording(database: Database, run_id: number, kill_at_event: number): Promise<number> {
  const { sqlite, path } = database;
  // Whoever recorded it is gone; where that shows by the heartbeat only, let it be an old one.
  sqlite.prepare('update runs set heartbeat_ms = 0 where id = ?').run(run_id);
  const stateOf = sqlite.prepare<[number], { readonly recorder: string | null; readonly event_count: number; readonly status: string }>(
    'select recorder, event_count, status from runs where id = ?',
  );
  const before = stateOf.get(run_id);
  if (before?.status === 'complete') return 0;
  const child = spawn(process.execPath, [fileURLToPath(new URL('./test-recorder.ts', import.meta.url)), path, String(run_id)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  for (;;) {
    const now = stateOf.get(run_id);
    const reached = now?.recorder !== before?.recorder && (now?.event_count ?? 0) >= kill_at_event;
    if (reached || child.exitCode !== null) break;
    await setImmediate();
  }
  child.kill('SIGKILL');
  const [code, signal] = await exit;
  expect(signal === 'SIGKILL' || code === 0).toBe(true);
  return signal === 'SIGKILL' ? 1 : 0;
}

const record = async (database: Database, run_id: number, options = {}): Promise<RunRow> =>
  must(await recordRun(database, run_id, { taken_from: 'test', ...options }));

describe('recordRun', () => {
  it('gives the same log and the same recording each time', async () => {
    const database = await testDatabase();
    const first = await record(database, await prepare(database, 'test'));
    const second = await record(database, await prepare(database, 'test'));
    expect(first).toMatchObject({ status: 'complete', error: null });
    expect(first.event_count).toBeGreaterThan(3 * 65_536);
    expect(recordedOf(database, second.id)).toEqual(recordedOf(database, first.id));
  });

  it('keeps every sealed block when it is killed at any moment, also while it is finished, and ends with the same recording', async () => {
    const database = await testDatabase();
    const whole = await record(database, await prepare(database, 'test'));
    const expected = recordedOf(database, whole.id);
    const runs = createRunStore(database);
    const run_count = 6;
    const kills_a_run = 5;
    let kill_count = 0;
    for (let run = 0; run < run_count; run += 1) {
      const run_id = await prepare(database, 'nobody');
      for (let kill = 0; kill < kills_a_run; kill += 1) {
        // From nothing at all to nearly everything, at other moments in each run.
        const kill_at_event = Math.floor((whole.event_count * (kill * run_count + run)) / (run_count * kills_a_run));
        kill_count += await killWhileRecording(database, run_id, kill_at_event);
        expect(integrityProblems(database)).toEqual([]);
        expect(['interrupted', 'complete']).toContain((await runs.row(run_id))?.status);
      }
      if ((await runs.row(run_id))?.status === 'interrupted') await record(database, run_id);
      expect(await runs.row(run_id)).toMatchObject({ status: 'complete', log_sha256: whole.log_sha256 });
      expect(recordedOf(database, run_id)).toEqual(expected);
    }
    expect(kill_count).toBeGreaterThan(run_count * (kills_a_run - 2));
  }, 600_000);

  it('keeps what is sealed when the disk is full, and finishes when there is room again', async () => {
    const database = await testDatabase();
    const whole = await record(database, await prepare(database, 'test'));
    const run_id = await prepare(database, 'test');
    const { sqlite } = database;
    const page_count = sqlite.pragma('page_count', { simple: true }) as number;
    sqlite.pragma(`max_page_count = ${page_count + 100}`);
    const full = await record(database, run_id);
    expect(full).toMatchObject({ status: 'interrupted', error: { code: 'disk-full', remedy: expect.stringContaining('free some space') } });
    expect(full.event_count).toBeGreaterThan(0);
    expect(integrityProblems(database)).toEqual([]);
    sqlite.pragma('max_page_count = 1000000');
    expect(await record(database, run_id)).toMatchObject({ status: 'complete', log_sha256: whole.log_sha256, error: null });
    expect(recordedOf(database, run_id)).toEqual(recordedOf(database, whole.id));
  });

  it('stops when it is cancelled, and can still be finished', async () => {
    const database = await testDatabase();
    const run_id = await prepare(database, 'test');
    expect(await record(database, run_id, { signal: AbortSignal.abort() })).toMatchObject({ status: 'cancelled' });
    expect(await record(database, run_id)).toMatchObject({ status: 'complete' });
  });

  it('does not finish a run whose blocks it cannot make again, and names both hashes', async () => {
    const database = await testDatabase();
    const run_id = await prepare(database, 'test');
    const whole = await record(database, run_id);
    database.sqlite.prepare("update runs set status = 'interrupted' where id = ?").run(run_id);
    database.sqlite.prepare("update blocks set log_sha256 = 'another' where run_id = ? and block_index = 1").run(run_id);
    const refused = await record(database, run_id);
    expect(refused).toMatchObject({ status: 'interrupted', error: { code: 'log-differs' } });
    expect(refused.error?.message).toMatch(/block 1 was recorded with log another .* now gives [0-9a-f]{64}/);
    expect(refused.event_count).toBe(whole.event_count);
  });

  it('does not finish a run of another version of the engine', async () => {
    const database = await testDatabase();
    const run_id = await prepare(database, 'test');
    await record(database, run_id);
    database.sqlite.prepare("update runs set status = 'interrupted', meta = json_set(meta, '$.engine_version', 'older') where id = ?").run(run_id);
    expect(await record(database, run_id)).toMatchObject({ status: 'interrupted', error: { code: 'engine-version-differs' } });
  });

  it('reports a model that does not exist as a failed run', async () => {
    const database = await testDatabase();
    const text = SCENARIO;
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 's.yaml'), text);
    const id = await createScenarioStore(database).create({ text, summary: summarise(text), origin: 'user' });
    const revision_id = (await createScenarioStore(database).read(id))?.revision_id ?? null;
    const run_id = await createRunStore(database).create({
      scenario_id: id,
      scenario_name: 's',
      revision_id,
      base_dir: null,
      source: 'engine',
      model: 'pages=static,sockets=sparate',
      recorder: 'test',
    });
    expect(await record(database, run_id)).toMatchObject({ status: 'failed', error: { code: 'unknown-policy' } });
  });
});
