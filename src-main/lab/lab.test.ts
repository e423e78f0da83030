import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { must, temporaryDirectory } from '../store/test-database.ts';
import type { Answer, LabClient, LabNotice, LabReply, Method, Params } from './contract.ts';
import { createLab, type Lab } from './lab.ts';
import { nodeProcessHost, type ProcessHost } from './process-host.ts';

const FTRACE = fileURLToPath(new URL('../../test/fixtures/ftrace-vmscan-6.12.txt', import.meta.url));
const SMALL = `memledger: 1
name: Small
containers: { A: {}, B: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: f, by: a }
  - { sample: one }
  - { read: f, by: b }
`;
/** Runs for minutes unless it is stopped. */
const LONG = SMALL.replace('f: { file: 1MiB }', 'f: { file: 256MiB }')
  .replace('A: {}', 'A: { max: 4MiB }')
  .concat('  - { workload: uniform, over: f, by: a, accesses: 1000000000 }\n');

let directory: string;
let lab: Lab;
let notices: LabNotice[];
const labs: Lab[] = [];

async function open(processes?: ProcessHost): Promise<Lab> {
  const examples_dir = join(directory, 'examples');
  const opened = must(await createLab({ db_path: join(directory, 'library.db'), examples_dir, ...(processes === undefined ? {} : { processes }) }));
  labs.push(opened);
  opened.subscribe((notice) => notices.push(notice));
  return opened;
}

async function call<M extends Method>(method: M, params: Params<M>): Promise<Awaited<ReturnType<LabClient['call']>> & { value?: Answer<M> }> {
  return (await lab.handle({ id: 1, method, params })) as LabReply & { value?: Answer<M> } as never;
}

async function value<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
  const reply = await lab.handle({ id: 1, method, params });
  if (!reply.ok) throw new Error(`${method}: ${reply.errors[0]?.message}`);
  return reply.value as Answer<M>;
}

/** Runs a scenario's text under models and waits until all are recorded. */
async function recorded(text: string, models: readonly string[]): Promise<readonly number[]> {
  const { scenario } = await value('saveScenario', { text });
  const { run_ids } = await value('startRuns', { scenario_id: scenario.id, models: [...models] });
  await vi.waitFor(() => expect(notices.filter((notice) => notice.kind === 'run-ended')).toHaveLength(run_ids.length), { timeout: 30_000 });
  return run_ids;
}

beforeEach(async () => {
  directory = temporaryDirectory();
  mkdirSync(join(directory, 'examples'));
  writeFileSync(join(directory, 'examples/01-small.yaml'), SMALL);
  notices = [];
  lab = await open();
});
afterEach(async () => {
  for (const one of labs.splice(0)) await one.close();
});

describe('scenarios', () => {
  it('ships examples, refreshes those that nobody edited, and does not bring deleted ones back', async () => {
    const { scenarios } = await value('library', {});
    expect(scenarios).toMatchObject([{ name: 'Small', origin: 'example', models: ['static'], error_count: 0 }]);
    const example_id = scenarios[0]?.id ?? 0;

    writeFileSync(join(directory, 'examples/01-small.yaml'), SMALL.replace('Small', 'Better'));
    lab = await open();
    expect(await value('scenario', { scenario_id: example_id })).toMatchObject({ name: 'Better', revision_count: 2 });

    await value('saveScenario', { scenario_id: example_id, text: SMALL.replace('Small', 'Mine') });
    writeFileSync(join(directory, 'examples/01-small.yaml'), SMALL.replace('Small', 'Best'));
    lab = await open();
    expect(await value('scenario', { scenario_id: example_id })).toMatchObject({ name: 'Mine' });

    await value('deleteScenario', { scenario_id: example_id });
    lab = await open();
    expect((await value('library', {})).scenarios).toEqual([]);
  });

  it('saves, reads, duplicates and deletes', async () => {
    const { scenario } = await value('saveScenario', { text: SMALL });
    expect(scenario).toMatchObject({ name: 'Small', origin: 'user', revision_count: 1 });
    const copy = await value('duplicateScenario', { scenario_id: scenario.id });
    expect(copy.name).toBe('Small (copy)');
    expect((await value('scenario', { scenario_id: copy.id })).text).toContain('name: Small (copy)');
    await value('deleteScenario', { scenario_id: copy.id });
    expect(await call('scenario', { scenario_id: copy.id })).toMatchObject({ ok: false, errors: [{ code: 'no-such-scenario' }] });
  });

  it('saves a text with errors, and marks them', async () => {
    const text = SMALL.replace('read: f, by: a', 'raed: f, by: a');
    const { scenario, marks } = await value('importScenario', { file_name: 'broken.yaml', text });
    expect(scenario).toMatchObject({ name: 'Small', origin: 'import' });
    expect(scenario.error_count).toBeGreaterThan(0);
    expect(text.slice(marks[0]?.from, marks[0]?.to)).toContain('raed');
    expect(await call('startRuns', { scenario_id: scenario.id, models: ['static'] })).toMatchObject({ ok: false });
    expect((await value('library', {})).runs).toEqual([]);
  });

  it('completes and formats', async () => {
    const completion = await value('completeScenario', { text: 'memledger: 1\nna', offset: 15 });
    expect(completion?.options.map(({ label }) => label)).toContain('name');
    expect((await value('formatScenario', { text: SMALL })).text).toContain('memledger: 1');
  });
});

describe('runs', () => {
  it('records under several models, one after another, and plays them', async () => {
    const [first = 0, second = 0] = await recorded(SMALL, ['static', 'rss']);
    const { runs } = await value('library', {});
    expect(runs.map(({ id, status, model }) => ({ id, status, model }))).toEqual([
      { id: second, status: 'complete', model: 'rss' },
      { id: first, status: 'complete', model: 'static' },
    ]);

    const opened = await value('openRun', { run_id: first });
    expect(opened).toMatchObject({ run: { id: first }, scenario_text: SMALL, samples: [{ name: 'one' }], meta: { model: 'static' } });
    const end = await value('seek', { run_id: first, target: { event: opened.event_count } });
    expect(end.event_index).toBe(opened.event_count);
    const back = await value('seek', { run_id: first, target: { by: 'event', delta: -1, from_event: opened.event_count } });
    expect(back.event_index).toBe(opened.event_count - 1);
    expect(await value('events', { run_id: first, from_event: 0, count: 5 })).toHaveLength(5);
    const [current] = await value('series', {
      run_id: first,
      series: [{ container: 1, counter: 0 }],
      from_event: 0,
      to_event: opened.event_count,
      bucket_count_max: 16,
    });
    expect(current?.last.at(-1)).toBe(2 ** 20);
    expect((await value('density', { run_id: first, bucket_count_max: 16 })).kinds.length).toBeGreaterThan(0);
    expect(await value('passes', { run_id: first, from_event: 0, to_event: opened.event_count, limit: 10 })).toEqual([]);
    expect((await value('stepEvents', { run_id: first, from_step: 0, to_step: 3 }))[0]).toBeDefined();

    const divergence = await value('divergence', { run_ids: [first, second], from_step: 0, direction: 1 });
    expect(divergence).toMatchObject({ step_index: 0, values: [2 ** 20, 0] });
    expect(await value('divergence', { run_ids: [first, first], from_step: 0, direction: 1 })).toBeNull();
  });

  it('tells progress, cancels, finishes and deletes', async () => {
    const { scenario } = await value('saveScenario', { text: LONG });
    const { run_ids } = await value('startRuns', { scenario_id: scenario.id, models: ['static', 'partial'] });
    const [running = 0, queued = 0] = run_ids;
    await vi.waitFor(() => expect(notices.some((notice) => notice.kind === 'run-progress' && notice.access_count > 0)).toBe(true), { timeout: 30_000 });
    expect(notices.find((notice) => notice.kind === 'run-progress')).toMatchObject({ run_id: running, model: 'static', step_total: 4 });
    expect(await call('deleteRun', { run_id: running })).toMatchObject({ ok: false, errors: [{ code: 'run-busy' }] });
    await value('cancelRun', { run_id: queued });
    await value('cancelRun', { run_id: running });
    await vi.waitFor(() => expect(notices.filter((notice) => notice.kind === 'run-ended')).toHaveLength(2), { timeout: 30_000 });
    expect((await value('library', {})).runs.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(await call('cancelRun', { run_id: running })).toMatchObject({ ok: false, errors: [{ code: 'run-not-here' }] });
    await value('deleteRun', { run_id: queued });
    expect((await value('library', {})).runs).toHaveLength(1);
  });

  it('survives crashes of its processes and says so', async () => {
    const children: { readonly path: string; readonly kill: () => void }[] = [];
    const processes: ProcessHost = {
      fork(path) {
        const child = nodeProcessHost.fork(path);
        children.push({ path, kill: child.kill });
        return child;
      },
    };
    lab = await open(processes);
    const killAll = (): void => {
      for (const child of children.splice(0)) child.kill();
    };
    const { scenario } = await value('saveScenario', { text: LONG });
    const { run_ids } = await value('startRuns', { scenario_id: scenario.id, models: ['static'] });
    const [run_id = 0] = run_ids;
    await vi.waitFor(async () => expect((await value('library', {})).runs[0]?.event_count).toBeGreaterThan(0), { timeout: 30_000 });
    killAll();
    await vi.waitFor(() => expect(notices.some((notice) => notice.kind === 'run-ended')).toBe(true), { timeout: 30_000 });
    expect(notices.find((notice) => notice.kind === 'process-crashed')).toMatchObject({ process: 'engine', error: { code: 'process-crashed' } });
    expect((await value('library', {})).runs).toMatchObject([{ id: run_id, status: 'interrupted', error: { code: 'process-crashed' } }]);

    const before = await value('openRun', { run_id });
    expect(before.event_count).toBeGreaterThan(0);
    killAll();
    await vi.waitFor(() => expect(notices.some((notice) => notice.kind === 'process-crashed' && notice.process === 'player')).toBe(true), { timeout: 30_000 });
    expect(await value('seek', { run_id, target: { event: 10 } })).toMatchObject({ event_index: 10 });

    await value('finishRun', { run_id });
    await vi.waitFor(() => expect(notices.some((notice) => notice.kind === 'run-progress' && notice.run_id === run_id && notice.access_count > 0)).toBe(true), {
      timeout: 30_000,
    });
    await value('cancelRun', { run_id });
  });

  it('keeps bookmarks', async () => {
    const [run_id = 0] = await recorded(SMALL, ['static']);
    const bookmark = await value('addBookmark', { run_id, event_index: 7, note: 'here' });
    expect(await value('bookmarks', { run_id })).toEqual([bookmark]);
    await value('deleteBookmark', { bookmark_id: bookmark.id });
    expect(await value('bookmarks', { run_id })).toEqual([]);
    expect(await call('addBookmark', { run_id: 99, event_index: 7, note: '' })).toMatchObject({ ok: false, errors: [{ code: 'no-such-run' }] });
  });
});

describe('attacks', () => {
  const ATTACK = SMALL.replace('steps:', 'attack: { attacker: [A], victim: B }\nsteps:').replace('B: {}', 'B: { max: 512KiB }');

  it('records an attack with its attacker and without, and tells the loss with the runs that show it', async () => {
    const { scenario } = await value('saveScenario', { text: ATTACK });
    expect(await value('attacks', { models: ['static'] })).toMatchObject({
      models: ['static'],
      rows: [{ scenario_id: scenario.id, attackers: ['A'], victim: 'B', cells: [{ verdict: 'unknown', run_id: null, held_back_run_id: null }] }],
    });
    const { run_ids } = await value('startAttacks', { models: ['static', 'none'] });
    expect(run_ids).toHaveLength(4);
    await vi.waitFor(() => expect(notices.filter((notice) => notice.kind === 'run-ended')).toHaveLength(4), { timeout: 30_000 });
    const { rows } = await value('attacks', { scenario_ids: [scenario.id], models: ['static', 'none'] });
    const cells = rows[0]?.cells ?? [];
    // A's file is read already: B neither waits for the disk nor pays.
    expect(cells).toMatchObject([
      { model: 'static', verdict: 'not-harmed', loss: { stall_ns: 0, charged_end_bytes: 0 } },
      { model: 'none', verdict: 'not-harmed' },
    ]);
    const names = (await value('library', {})).runs.map(({ id, scenario_name }) => [id, scenario_name]);
    expect(Object.fromEntries(names)).toMatchObject({ [cells[0]?.run_id ?? 0]: 'Small', [cells[0]?.held_back_run_id ?? 0]: 'Small (attacker held back)' });
    expect((await value('openRun', { run_id: cells[0]?.held_back_run_id ?? 0 })).scenario_text).toContain('held-back: true');
    // What is there is not recorded again, and the scenario itself is as it was.
    expect(await value('startAttacks', { scenario_ids: [scenario.id], models: ['static', 'none'] })).toEqual({ run_ids: [] });
    expect(await value('scenario', { scenario_id: scenario.id })).toMatchObject({ text: ATTACK, revision_count: 1 });
  });

  it('tells attacks of one name apart', async () => {
    const names = async (): Promise<readonly string[]> => (await value('attacks', { models: ['static'] })).rows.map(({ name }) => name);
    const { scenario: first } = await value('saveScenario', { text: ATTACK });
    expect(await names()).toEqual(['Small']);
    const { scenario: second } = await value('saveScenario', { text: `${ATTACK}# another` });
    expect(await names()).toEqual([`Small (scenario ${first.id})`, `Small (scenario ${second.id})`]);
  });

  it('says beforehand what it would record, and takes up what was cut short instead of recording it anew', async () => {
    await value('saveScenario', { text: ATTACK });
    const all = await value('missingRuns', { table: 'attacks' });
    expect(all).toMatchObject({ cut_short_count: 0, under_way_count: 0, estimate_ms: null });
    const { run_ids } = await value('startAttacks', {});
    expect(run_ids).toHaveLength(all.run_count);
    // None is made twice while they wait.
    expect(await value('startAttacks', {})).toEqual({ run_ids: [] });
    const waiting = run_ids.slice(-3);
    for (const run_id of waiting) await value('cancelRun', { run_id });
    await vi.waitFor(() => expect(notices.filter((notice) => notice.kind === 'run-ended')).toHaveLength(run_ids.length), { timeout: 60_000 });
    const missing = await value('missingRuns', { table: 'attacks' });
    expect(missing).toMatchObject({ run_count: 3, cut_short_count: 3, under_way_count: 0 });
    expect(missing.estimate_ms).toBeGreaterThan(0);
    expect([...(await value('startAttacks', {})).run_ids].sort((a, b) => a - b)).toEqual(waiting);
    await vi.waitFor(() => expect(notices.filter((notice) => notice.kind === 'run-ended')).toHaveLength(run_ids.length + 3), { timeout: 60_000 });
    expect(await value('missingRuns', { table: 'attacks' })).toMatchObject({ run_count: 0, cut_short_count: 0 });
  });

  it('refuses what is no attack', async () => {
    const { scenario } = await value('saveScenario', { text: SMALL });
    expect(await call('startAttacks', { scenario_ids: [scenario.id], models: ['static'] })).toMatchObject({ ok: false, errors: [{ code: 'no-attack' }] });
    expect(await call('startAttacks', { models: ['statik'] })).toMatchObject({ ok: false, errors: [{ code: 'unknown-model' }] });
    expect(await value('attacks', {})).toMatchObject({ rows: [] });
  });
});

describe('traces', () => {
  it('imports a real kernel’s trace and shows its lines', async () => {
    const bytes = new Uint8Array(readFileSync(FTRACE));
    const report = await value('importTrace', { file_name: 'vmscan.txt', bytes });
    expect(report).toMatchObject({ format: 'ftrace', lines_not_understood: 0 });
    const [run_id = 0] = report.run_ids;
    const opened = await value('openRun', { run_id });
    expect(opened).toMatchObject({ scenario_text: null, meta: { source: 'trace' }, run: { status: 'complete', scenario_name: 'vmscan.txt' } });
    expect((await value('passes', { run_id, from_event: 0, to_event: opened.event_count, limit: 5 })).length).toBe(5);
    const [first, second] = await value('sourceLines', { run_id, lines: [1, 2, 100_000] });
    expect(first).toEqual({ line: 1, text: new TextDecoder().decode(bytes).split(/\r?\n/)[0] });
    expect(second?.line).toBe(2);
  });

  it('refuses what is no trace and leaves nothing behind', async () => {
    expect(await call('importTrace', { file_name: 'x', bytes: new Uint8Array([0, 1, 2, 3]) })).toMatchObject({ ok: false });
    expect((await value('library', {})).runs).toEqual([]);
  });
});

describe('a file of somebody else’s', () => {
  it('is given up on its way and while it is opened, and nothing is left of it', async () => {
    const run_ids = await recorded(SMALL, ['static', 'rss']);
    const made = await value('writeExport', { token: 'file', format: 'memledger', run_ids: [...run_ids] });
    if (made === null) throw new Error('nobody cancelled it');
    const bytes = new Uint8Array(await value('readExport', { export_id: made.export_id, offset: 0 }));
    await value('closeExport', { export_id: made.export_id });
    const handedOver = (): readonly string[] => readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /(opened|guest)/.test(name));
    async function uploaded(): Promise<number> {
      const { upload_id } = await value('startUpload', { file_name: 'theirs.memledger', size_bytes: bytes.length });
      await value('uploadPiece', { upload_id, bytes });
      expect(handedOver()).toHaveLength(1);
      return upload_id;
    }

    const on_its_way = await uploaded();
    await value('cancelUpload', { upload_id: on_its_way });
    expect(handedOver()).toEqual([]);
    expect(await call('openShared', { upload_id: on_its_way })).toMatchObject({ ok: false, errors: [{ code: 'no-such-upload' }] });

    const being_opened = await uploaded();
    const [opened] = await Promise.all([value('openShared', { upload_id: being_opened }), value('cancelUpload', { upload_id: being_opened })]);
    expect(opened).toBeNull();
    expect(handedOver()).toEqual([]);
    expect(await value('sharedFiles', {})).toEqual([]);

    expect((await value('openShared', { upload_id: await uploaded() }))?.runs).toHaveLength(2);
  });
});

describe('the boundary', () => {
  it('answers whatever it is sent', async () => {
    const send = (request: unknown): Promise<LabReply> => lab.handle(request as never);
    expect(await send({ id: 1, method: 'nothing', params: {} })).toMatchObject({ ok: false, errors: [{ code: 'bad-request' }] });
    expect(await send({ id: 2, method: 'toString', params: {} })).toMatchObject({ id: 2, ok: false });
    expect(await send({ id: 3, method: 'seek', params: { run_id: 'x' } })).toMatchObject({ id: 3, ok: false, errors: [{ code: 'bad-request' }] });
    expect(await send({ id: 4, method: 'library', params: { extra: 1 } })).toMatchObject({ id: 4, ok: false });
    for (const request of [null, 7, 'x', [], {}]) expect(await send(request)).toMatchObject({ ok: false });
    expect(await send({ id: 5, method: 'openRun', params: { run_id: 12345 } })).toMatchObject({ ok: false, errors: [{ code: 'no-such-run' }] });
  });

  it('tells a change that another process made', async () => {
    const other = await open();
    notices = [];
    await other.handle({ id: 1, method: 'saveScenario', params: { text: SMALL } });
    // One notice from each lab: the one that wrote, and the one that noticed.
    await vi.waitFor(() => expect(notices.filter((notice) => notice.kind === 'library-changed')).toHaveLength(2), { timeout: 10_000 });
  });
});
