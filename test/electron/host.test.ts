import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabClient, LabNotice } from '../../src-main/lab/contract.ts';
import { createElectronDouble, type ElectronDouble, installElectronDouble } from './double/electron-double.ts';
import type { Page } from './double/page.ts';

/**
 * The built desktop host, with a double where Electron would be: from its start to its end, with the real lab, its real processes and the window's real client.
 * One app's life, so the tests stand in the order of the story.
 */
const ROOT = join(import.meta.dirname, '../..');
const SCENARIO = `memledger: 1
name: Two readers
containers: { A: {}, B: {} }
objects:
  shared: { file: 1MiB }
tasks:
  a: { in: A }
  b: { in: B }
steps:
  - { read: shared, by: a }
  - { read: shared, by: b }
  - { sample: end }
models: [static]
`;
/** Runs until it is ended. */
const LONG_SCENARIO = SCENARIO.replace('  - { sample: end }', '  - { workload: uniform, over: shared, by: b, accesses: 2000000000 }');

const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
let electron: ElectronDouble;
let scripts: PageScripts;
let lab: LabClient;
const notices: LabNotice[] = [];
const notice_waiters: (() => void)[] = [];
const files_received: File[] = [];

/** Resolves with the first notice, past or to come, that fits. */
async function noticeOf<K extends LabNotice['kind']>(
  kind: K,
  fits: (notice: Extract<LabNotice, { kind: K }>) => boolean = () => true,
): Promise<Extract<LabNotice, { kind: K }>> {
  for (;;) {
    const found = notices.find((notice): notice is Extract<LabNotice, { kind: K }> => notice.kind === kind && fits(notice as Extract<LabNotice, { kind: K }>));
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => notice_waiters.push(resolve));
  }
}

async function answerOf<T>(call: Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly object[] }>): Promise<T> {
  const result = await call;
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
}

/** Of the renderer, what a page of the test runs. Typed by hand, since the renderer is checked with the browser's types, which are not those of this file. */
interface PageScripts {
  readonly connectLab: () => LabClient;
  readonly startHostMenu: () => void;
  readonly isSharedFile: (head: ArrayBuffer) => boolean;
  readonly registry: { add(commands: readonly object[]): () => void };
}

/** Every item of the menus, by its label. */
function menuItems(items: readonly MenuItemConstructorOptions[] = electron.desk.menu): readonly MenuItemConstructorOptions[] {
  return items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? menuItems(item.submenu) : [])]);
}
const menuItem = (label: string): MenuItemConstructorOptions | undefined => menuItems().find((item) => item.label === label);
function choose(label: string): void {
  // What the click is given belongs to the real menu; the host's items do not look at it.
  const click: unknown = menuItem(label)?.click;
  if (typeof click !== 'function') throw new Error(`No menu item ${label}.`);
  Reflect.apply(click, undefined, []);
}

/** What the window's own scripts do first: connect, and listen. The client is the renderer's, on a `window` that has what it uses. */
async function runPage(page: Page, { connectLab, startHostMenu }: PageScripts): Promise<void> {
  const window = {
    location: { protocol: 'app:', origin: page.origin },
    postMessage: (data: unknown) => page.post(data),
    addEventListener: (_type: 'message', listener: (event: object) => void) => page.onMessage(({ data, ports }) => listener({ source: window, data, ports })),
  };
  Reflect.set(globalThis, 'window', window);
  page.onMessage(({ data }) => {
    if (typeof data === 'object' && data !== null && 'files' in data && Array.isArray(data.files)) files_received.push(...data.files);
  });
  lab = connectLab();
  startHostMenu();
  lab.subscribe((notice) => {
    notices.push(notice);
    for (const wake of notice_waiters.splice(0)) wake();
  });
}

async function startRun(text: string): Promise<number> {
  const { scenario } = await answerOf(lab.call('saveScenario', { text }));
  const { run_ids } = await answerOf(lab.call('startRuns', { scenario_id: scenario.id, models: ['static'] }));
  return run_ids[0] ?? -1;
}

beforeAll(async () => {
  process.env.MEMLEDGER_DB = join(dir, 'library.db');
  const quiet = { logLevel: 'error' } as const;
  if (!existsSync(join(ROOT, 'dist/renderer/index.html'))) await build({ ...quiet, configFile: join(ROOT, 'vite.config.ts') });
  await build({ ...quiet, configFile: join(ROOT, 'vite.electron.config.ts') });
  await build({ ...quiet, configFile: join(ROOT, 'vite.preload.config.ts') });

  const [{ connectLab }, { startHostMenu }, { registry }, { isSharedFile }] = (await Promise.all(
    ['client', 'host-menu', 'commands', 'files'].map((name) => import(`../../src-renderer/${name}.ts`)),
  )) as [PageScripts, PageScripts, PageScripts, PageScripts];
  scripts = { connectLab, startHostMenu, registry, isSharedFile };
  electron = createElectronDouble(dir, (page) => void runPage(page, scripts));
  installElectronDouble(electron);
  process.argv.splice(0, process.argv.length, '/opt/electron', ROOT);
  // Loaded by Node, not by the test runner, as the bundle that it is.
  createRequire(import.meta.url)(join(ROOT, 'dist/electron/main.js'));
}, 120_000);

afterAll(() => {
  for (const { pid } of electron.processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
  rmSync(dir, { recursive: true });
});

describe('the desktop host', () => {
  it('opens one guarded window on the lab once the app is ready', async () => {
    expect(electron.windows).toHaveLength(0);
    electron.becomeReady();
    await expect.poll(() => electron.windows[0]?.isShown(), { timeout: 20_000 }).toBe(true);
    const { scenarios } = await answerOf(lab.call('library', {}));
    expect(scenarios.length).toBeGreaterThan(0);
    expect(electron.desk.menu.map(({ label, role }) => label ?? role)).toEqual(['&File', 'editMenu', '&View', 'windowMenu', '&Help']);
  });

  it('reaches no network, opens no window, leaves its page for no other', () => {
    const [window] = electron.windows;
    for (const url of ['https://example.org/', 'http://127.0.0.1:1/', 'ws://127.0.0.1/', 'file:///etc/passwd']) {
      expect(electron.mayLoad(url), url).toBe(false);
      expect(window?.navigate(url), url).toBe(false);
      expect(window?.open(url), url).toBe('deny');
    }
    expect(electron.mayLoad('app://memledger/assets/x.js')).toBe(true);
    expect(window?.navigate('app://memledger/index.html#/library')).toBe(true);
    expect(electron.hasPermission('clipboard-sanitized-write')).toBe(true);
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'fileSystem'])
      expect(electron.hasPermission(permission), permission).toBe(false);
  });

  it('serves the files of the window and no other', async () => {
    expect((await electron.fetch('app://memledger/index.html')).status).toBe(200);
    expect((await electron.fetch('app://memledger/..%2felectron/main.js')).status).toBe(404);
  });

  it('runs a scenario in a utility process and steps through it', async () => {
    const run_id = await startRun(SCENARIO);
    const { run } = await noticeOf('run-ended', (notice) => notice.run.id === run_id);
    expect(run).toMatchObject({ status: 'complete', error: null });
    const opened = await answerOf(lab.call('openRun', { run_id }));
    expect(opened.event_count).toBe(run.event_count);
    // A typed array comes through both processes and the port as one.
    expect(await answerOf(lab.call('stepEvents', { run_id, from_step: 0, to_step: run.step_count }))).toBeInstanceOf(Float64Array);
    expect((await answerOf(lab.call('seek', { run_id, target: { event: run.event_count } }))).containers.length).toBeGreaterThan(2);
  });

  it('answers a call of no method, or with wrong parameters, with one sentence', async () => {
    const wrong = await lab.call('openRun', { run_id: -1 });
    expect(wrong).toMatchObject({ ok: false, errors: [{ code: 'bad-request' }] });
  });

  it('hands files that were opened from outside to the window', async () => {
    const [path, missing] = [join(dir, 'outside.yaml'), join(dir, 'missing.yaml')];
    writeFileSync(path, SCENARIO);
    electron.secondInstance({ files: [path] });
    await expect.poll(() => files_received.length).toBe(1);
    electron.openFile(path);
    await expect.poll(() => files_received.length).toBe(2);
    expect(files_received[0]?.name).toBe('outside.yaml');
    expect(await files_received[0]?.text()).toBe(SCENARIO);
    expect(electron.windows[0]?.focusCount()).toBeGreaterThan(0);

    electron.openFile(missing);
    await expect.poll(() => electron.desk.error_boxes).toHaveLength(1);
    expect(electron.desk.error_boxes[0]?.text).toContain(missing);
    expect(JSON.stringify(electron.desk.menu)).toContain('outside.yaml');
    expect(JSON.stringify(electron.desk.menu)).not.toContain('missing.yaml');
  });

  it('hands a shared file on bytes for bytes; it opens as a guest, and the library stays as it was', async () => {
    const {
      runs: [run],
    } = await answerOf(lab.call('library', {}));
    const made = await answerOf(lab.call('writeExport', { token: 'share', format: 'memledger', run_ids: [run?.id ?? -1] }));
    if (made === null) throw new Error('the export was cancelled');
    const bytes = await answerOf(lab.call('readExport', { export_id: made.export_id, offset: 0 }));
    expect(bytes.length).toBe(made.size_bytes);
    const path = join(dir, 'theirs.memledger');
    writeFileSync(path, bytes);

    const before = files_received.length;
    electron.openFile(path);
    await expect.poll(() => files_received.length).toBe(before + 1);
    const file = files_received.at(-1);
    expect(file?.name).toBe('theirs.memledger');
    const received = new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer());
    expect(scripts.isSharedFile(received.buffer)).toBe(true);
    expect(Buffer.compare(received, bytes)).toBe(0);

    // What the window does with it: use-sharing.ts.
    const { upload_id } = await answerOf(lab.call('startUpload', { file_name: 'theirs.memledger', size_bytes: received.length }));
    await answerOf(lab.call('uploadPiece', { upload_id, bytes: received }));
    const opened = await answerOf(lab.call('openShared', { upload_id }));
    if (opened === null) throw new Error('nobody cancelled it');
    expect(opened.runs.map(({ model, event_count }) => ({ model, event_count }))).toEqual([{ model: run?.model, event_count: run?.event_count }]);
    expect(opened).toMatchObject({ problems: [], would_keep: { runs_added: 0, runs_present: 1 } });
    const guest_id = opened.runs[0]?.id ?? -1;
    expect((await answerOf(lab.call('openRun', { run_id: guest_id }))).event_count).toBe(run?.event_count);
    expect((await answerOf(lab.call('library', {}))).runs.length).toBe(1);
    await answerOf(lab.call('closeShared', { shared_id: opened.id }));
  });

  it('gives a reloaded page, and one that crashed, the lab again', async () => {
    const [window] = electron.windows;
    const before = lab;
    window?.window.webContents.reload();
    await expect.poll(() => lab !== before).toBe(true);
    expect((await answerOf(lab.call('library', {}))).scenarios.length).toBeGreaterThan(0);

    const reloaded = lab;
    window?.crash('oom');
    await expect.poll(() => lab !== reloaded).toBe(true);
    expect(electron.desk.message_boxes[0]?.message).toContain('oom');
    expect((await answerOf(lab.call('library', {}))).runs.length).toBe(1);
  });

  it('reports a crash of the engine, keeps its run as interrupted, and goes on', async () => {
    const run_id = await startRun(LONG_SCENARIO);
    await noticeOf('run-progress', (notice) => notice.run_id === run_id && notice.event_count > 0);
    const engine = electron.processes.filter(({ module_path }) => module_path.endsWith('engine-process.js')).at(-1);
    process.kill(engine?.pid ?? -1, 'SIGKILL');
    expect(await noticeOf('process-crashed')).toMatchObject({ process: 'engine' });
    const { run } = await noticeOf('run-ended', (notice) => notice.run.id === run_id);
    expect(run.status).toBe('interrupted');

    const next_id = await startRun(SCENARIO.replace('Two readers', 'After the crash'));
    expect((await noticeOf('run-ended', (notice) => notice.run.id === next_id)).run.status).toBe('complete');
  });

  it('shows what the window can do in its menus, with the keys, and runs what is chosen there', async () => {
    const done: string[] = [];
    const remove = scripts.registry.add([
      { id: 'run.step', title: 'Step & look', group: 'Run', keys: ['T'], run: () => done.push('step') },
      { id: 'run.finish', title: 'Finish', group: 'Run', when: () => false, run: () => done.push('finish') },
      { id: 'app.keys', title: 'Show all keys', group: 'Window', keys: ['?'], run: () => done.push('keys') },
    ]);
    await expect.poll(() => menuItem('Step && look')).toMatchObject({ enabled: true, accelerator: 'Shift+T', registerAccelerator: false });
    expect(menuItem('Finish')).toMatchObject({ enabled: false });
    expect(electron.desk.menu.map(({ label, role }) => label ?? role)).toEqual(['&File', 'editMenu', 'Run', '&View', 'windowMenu', '&Help']);
    choose('Step && look');
    choose('Finish');
    choose('Show all keys');
    await expect.poll(() => done).toEqual(['step', 'keys']);
    remove();
    await expect.poll(() => menuItem('Finish')).toBeUndefined();
  });

  it('takes from the window only what a window tells', async () => {
    electron.windows[0]?.page().post({ kind: 'memledger:menu', menu: { theme: 'dark', commands: [{ id: 7 }] } });
    electron.windows[0]?.page().post({ kind: 'memledger:menu', menu: { theme: 'pink', commands: [] } });
    electron.windows[0]?.page().post({ kind: 'memledger:menu', menu: { theme: 'dark', commands: [] } });
    await expect.poll(() => electron.themeSource()).toBe('dark');
    expect(menuItem('Show all keys')).toBeUndefined();
  });

  it('opens further windows on the same lab, and hands files to the one in front', async () => {
    choose('&New window');
    await expect.poll(() => electron.windows[1]?.isShown()).toBe(true);
    expect((await answerOf(lab.call('library', {}))).runs.length).toBe(3);
    electron.windows[0]?.focus();
    const [first, second] = [electron.windows[0]?.focusCount() ?? 0, electron.windows[1]?.focusCount()];
    electron.openFile(join(dir, 'outside.yaml'));
    await expect.poll(() => electron.windows[0]?.focusCount()).toBe(first + 1);
    expect(electron.windows[1]?.focusCount()).toBe(second);
  });

  it('keeps where its last window was, for the next start', async () => {
    electron.windows[1]?.close();
    electron.windows[0]?.navigate('app://memledger/index.html#/run/1?event=7');
    electron.windows[0]?.close();
    expect(JSON.parse(readFileSync(join(dir, 'open-windows.json'), 'utf8'))).toEqual([{ name: 'lab', address: '#/run/1?event=7' }]);
  });

  it('quits with its last window, and leaves no process behind', async () => {
    expect(await electron.hasQuit).toBe(0);
    await Promise.all(electron.processes.map(({ ended }) => ended));
  });
});

describe('the built preload', () => {
  const text = (): string => readFileSync(join(ROOT, 'dist/electron/preload.cjs'), 'utf8');

  it('is CommonJS and requires only electron', () => {
    expect([...text().matchAll(/\brequire\(([^)]*)\)/g)].map((match) => match[1])).toEqual(['"electron"']);
    expect(text()).not.toMatch(/^\s*(import|export)\b/m);
  });
});
