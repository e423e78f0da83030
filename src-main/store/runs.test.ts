import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isGone, processIdentity } from './process-identity.ts';
import { createRunStore } from './runs.ts';
import { createScenarioStore } from './scenarios.ts';
import { must, testDatabase, testRun } from './test-database.ts';

/** Identity of a process that has ended. */
async function goneIdentity(): Promise<string> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const identity = processIdentity(child.pid);
  expect(isGone(identity, 0)).toBe(false);
  child.stdin.end();
  await once(child, 'exit');
  return identity;
}

describe('run store', () => {
  it('shows a run whose recorder is gone as interrupted, and lets it be claimed', async () => {
    const runs = createRunStore(await testDatabase());
    const id = await runs.create(testRun(await goneIdentity()));
    expect(await runs.row(id)).toMatchObject({ status: 'interrupted' });
    expect(must(await runs.claim(id, processIdentity()))).toMatchObject({ run_id: id, model: 'static', text: null });
    expect(await runs.row(id)).toMatchObject({ status: 'recording' });
  });

  it('lets one process only record a run, unless it is handed over', async () => {
    const runs = createRunStore(await testDatabase());
    const mine = processIdentity();
    const id = await runs.create(testRun(mine));
    expect(await runs.claim(id, 'another')).toMatchObject({ ok: false, errors: [{ code: 'run-busy' }] });
    expect((await runs.claim(id, 'another', mine)).ok).toBe(true);
    expect(await runs.remove(99)).toMatchObject({ ok: false, errors: [{ code: 'no-such-run' }] });
  });

  it('refuses to delete a run that is being recorded, or to finish one that is complete', async () => {
    const runs = createRunStore(await testDatabase());
    const id = await runs.create(testRun(processIdentity()));
    expect(await runs.remove(id)).toMatchObject({ ok: false, errors: [{ code: 'run-busy' }] });
    await runs.end(id, {
      status: 'complete',
      wall_ms: 1,
      complete: { log_sha256: 'x', event_count: 1, step_count: 1, access_count: 1, end_ns: 5, expectations: [] },
    });
    expect(await runs.claim(id, processIdentity())).toMatchObject({ ok: false, errors: [{ code: 'run-complete' }] });
    expect((await runs.remove(id)).ok).toBe(true);
    expect(await runs.list()).toEqual([]);
  });

  it('counts the expectations of a complete run that failed', async () => {
    const runs = createRunStore(await testDatabase());
    const [first, second] = [await runs.create(testRun(processIdentity())), await runs.create(testRun(processIdentity()))];
    const expectation = { line: 1, step_index: 1, path: 'A', counter: 'current', expected: 1, tolerance: 0, actual: 1, held: true };
    const complete = { log_sha256: 'x', event_count: 1, step_count: 1, access_count: 1, end_ns: 5 };
    const expectations = [expectation, { ...expectation, held: false }, { ...expectation, held: false }];
    await runs.end(first, { status: 'complete', wall_ms: 1, complete: { ...complete, expectations } });
    await runs.end(second, { status: 'complete', wall_ms: 1, complete: { ...complete, expectations: [expectation] } });
    expect((await runs.list()).map((row) => row.failed_expectation_count)).toEqual([0, 2]);
    expect(await runs.row(first)).toMatchObject({ status: 'complete', failed_expectation_count: 2 });
  });

  it('keeps a run’s text when its scenario is deleted', async () => {
    const database = await testDatabase();
    const scenarios = createScenarioStore(database);
    const runs = createRunStore(database);
    const scenario_id = await scenarios.create({ text: 'the text', summary: { name: 'n', about: '', models: [], error_count: 0 }, origin: 'user' });
    const revision_id = (await scenarios.read(scenario_id))?.revision_id ?? 0;
    const id = await runs.create({ ...testRun(processIdentity()), scenario_id, revision_id });
    await scenarios.remove(scenario_id);
    expect(await runs.row(id)).toMatchObject({ scenario_id: null, scenario_name: 'test' });
    expect(await runs.scenarioText(id)).toBe('the text');
  });

  it('keeps a trace’s text compressed, and deletes it with its run', async () => {
    const database = await testDatabase();
    const runs = createRunStore(database);
    const bytes = new TextEncoder().encode('a line\n'.repeat(1000));
    const attachment_id = await runs.addAttachment('trace.txt', bytes);
    const id = await runs.create({ ...testRun(processIdentity()), attachment_id });
    expect(Buffer.from((await runs.attachment(id)) ?? []).equals(bytes)).toBe(true);
    await runs.end(id, { status: 'cancelled', wall_ms: 1 });
    must(await runs.remove(id));
    expect(database.sqlite.prepare('select count(*) as n from attachments').get()).toEqual({ n: 0 });
  });

  it('keeps bookmarks', async () => {
    const runs = createRunStore(await testDatabase());
    const id = await runs.create(testRun(processIdentity()));
    const bookmark = await runs.addBookmark(id, 42, 'here');
    expect(await runs.bookmarks(id)).toEqual([bookmark]);
    expect(await runs.addBookmark(99, 1, '')).toBeUndefined();
    expect(await runs.removeBookmark(bookmark?.id ?? 0)).toBe(true);
    expect(await runs.bookmarks(id)).toEqual([]);
  });

  it('falls back on the heartbeat where processes cannot be told apart', () => {
    expect(isGone('123', 1_000_000, 1_010_000)).toBe(false);
    expect(isGone('123', 1_000_000, 1_100_000)).toBe(true);
  });
});
