import type { LabMessage, LabRequest, ModelRow, RunRow, ScenarioRow } from '../../src-main/lab/contract.ts';

const RUN_COUNT = Number(new URLSearchParams(window.location.search).get('runs') ?? '12');
const EMPTY = new URLSearchParams(window.location.search).has('empty');
const NAMES = ['Who pays for a shared file?', 'First touch across a tmpfs file', 'Ownership hops after eviction', 'A container goes and leaves pages behind', 'Fork and copy-on-write across containers', 'A limit shrinks under load', 'A noisy neighbour, with and without protection', 'Stop-sharing attack', 'Zipf over a shared cache'];
const ABOUT = 'B reads what A brought in; A’s limit then pushes it out.\n\nLook at `file` of A and B after each sample: under static the first toucher pays for everything, under partial both pay a half, under rss nobody pays until a page is mapped.';
const TEXT = `memledger: 1\nname: Who pays for a shared file?\nabout: B reads what A brought in; A's limit then pushes it out.\nseed: 1\nmachine: { memory: 512MiB, cpus: 1, page: 4KiB, swap: 0 }\ncontainers: # paths nest as in cgroupfs\n  A: { max: 24MiB }\n  B: {}\nobjects:\n  shared: { file: 8MiB }\n  stream: { file: 64MiB }\ntasks:\n  a: { in: A }\n  b: { in: B }\nsteps:\n  - { read: shared, by: a }\n  - { sample: a-owns }\n  - { read: shared, by: b }\n  - { raed: stream, by: a }\n  - { sample: end }\nmodels: [static, partial, rss, software-zones]\n`;
const now = Date.now();
let scenarios: ScenarioRow[] = EMPTY ? [] : [...NAMES.map((name, i): ScenarioRow => ({ id: i + 1, name, about: ABOUT, origin: 'example', revision_id: i + 1, revision_count: 1, updated_at: new Date(now - 86400_000 * 20).toISOString(), models: ['static', 'partial', 'rss', 'software-zones'], error_count: 0 })),
  { id: 20, name: 'Shared libc in twelve pods', about: 'Own copy.', origin: 'user', revision_id: 40, revision_count: 6, updated_at: new Date(now - 600_000).toISOString(), models: ['static', 'rss'], error_count: 2 },
  { id: 21, name: 'production-cache-2026-11', about: '', origin: 'import', revision_id: 41, revision_count: 1, updated_at: new Date(now - 8_600_000).toISOString(), models: ['static'], error_count: 0 }];
const MODELS = ['static', 'partial', 'rss', 'software-zones', 'none'];
let runs: RunRow[] = EMPTY ? [] : Array.from({ length: RUN_COUNT }, (_, i): RunRow => {
  const scenario = scenarios[(i >> 2) % 9];
  const trace = i % 11 === 10;
  return { id: RUN_COUNT - i, scenario_id: trace ? null : (scenario?.id ?? 1), scenario_name: trace ? 'ftrace-vmscan-6.12.txt' : (scenario?.name ?? ''), revision_id: 1, model: trace ? 'ftrace' : (MODELS[i % 4] ?? ''), source: trace ? 'trace' : 'engine', status: (['complete', 'complete', 'complete', 'complete', 'interrupted', 'failed', 'cancelled'] as const)[i % 7] ?? 'complete', event_count: (i * 7919 * 131) % 10_000_000, step_count: 20 + i, access_count: i * 1000, end_ns: i * 91_234_567, log_sha256: 'ab'.repeat(32), stored_bytes: i * 50_000, started_at: new Date(now - i * 3_000_000).toISOString(), wall_ms: 812 + i, error: i % 7 === 5 ? { code: 'invariant-violated', message: 'Charges of A are 24 pages, its resident pages say 23.', place: { line: 12 } } : null };
});
const models: ModelRow[] = [
  ['none', 'No ownership', 'Nobody pays: the control.'], ['static', 'First toucher pays', 'The container whose task first brings a page in is charged for it until the page is freed, as in memcg.'], ['partial', 'Every user pays a share', 'A page used by n containers costs each of them one n-th.'], ['rss', 'Mapped pages, once per container', 'Each container pays in full for every page that its tasks map.'], ['software-zones', 'Zones of page frames', 'A container owns zones of frames; its pages live only there.'],
].map(([id, title, summary]) => ({ id: id ?? '', title: title ?? '', summary: summary ?? '', source: 'SoftwareZones', axes: { pages: id ?? '', kernel: 'none', sockets: 'none', pins: 'none', removal: 'free' } }));

/** Stands in for the lab while the window is built. */
export async function answerFake(request: LabRequest, receive: (message: LabMessage) => void): Promise<void> {
  const p = request.params as Record<string, any>;
  const mark = (text: string) => [...text.matchAll(/raed|wirte/g)].map((m) => ({ code: 'unknown-verb', message: `Unknown verb “${m[0]}”.`, remedy: 'Did you mean “read”?', from: m.index, to: m.index + 4, place: { line: text.slice(0, m.index).split('\n').length, column: 5 } }));
  const answers: Record<string, () => unknown> = {
    library: () => ({ scenarios, runs }),
    models: () => models,
    scenario: () => ({ ...scenarios.find((s) => s.id === p.scenario_id), text: TEXT, revisions: [{ id: 1, created_at: new Date(now - 1e7).toISOString(), sha256: 'cd'.repeat(32) }, { id: 40, created_at: new Date(now).toISOString(), sha256: 'ab'.repeat(32) }] }),
    checkScenario: () => ({ marks: mark(p.text) }),
    formatScenario: () => ({ text: p.text }),
    completeScenario: () => ({ from: p.offset, options: [{ label: 'read', detail: 'step', info: 'Reads an object page by page.' }, { label: 'write', detail: 'step', info: 'Writes an object.' }] }),
    saveScenario: () => ({ scenario: scenarios[0], marks: mark(p.text) }),
    importTrace: () => ({ format: 'ftrace text', lines_total: 4812, lines_used: 4800, lines_not_understood: 12, not_understood: [{ line: 7, text: '# entries-in-buffer/entries-written: 1/2' }], run_ids: [1] }),
    deleteRun: () => { runs = runs.filter((r) => r.id !== p.run_id); return null; },
    deleteScenario: () => { scenarios = scenarios.filter((r) => r.id !== p.scenario_id); return null; },
    startRuns: () => {
      const ids = (p.models as string[]).map((model, i) => {
        const row: RunRow = { ...(runs[0] as RunRow), id: 5000 + Math.floor(Math.random() * 10000), model, status: 'recording', scenario_id: p.scenario_id, scenario_name: scenarios.find((s) => s.id === p.scenario_id)?.name ?? '', event_count: 0 };
        runs = [row, ...runs];
        let done = 0;
        setTimeout(() => {
          const timer = setInterval(() => {
            done += 40_000;
            receive({ notice: { kind: 'run-progress', run_id: row.id, model, event_count: done * 2, access_count: done, access_total: 1_000_000, step_index: 3, step_total: 12, accesses_per_s: 412_345, left_ms: (1_000_000 - done) / 400 } });
            if (done >= 1_000_000) { clearInterval(timer); const ended: RunRow = { ...row, status: 'complete', event_count: 2_000_000 }; runs = runs.map((r) => (r.id === row.id ? ended : r)); receive({ notice: { kind: 'run-ended', run: ended } }); }
          }, 100);
        }, i * 2600);
        return row.id;
      });
      receive({ notice: { kind: 'library-changed' } });
      return { run_ids: ids };
    },
  };
  await new Promise((resolve) => setTimeout(resolve, 5));
  const answer = answers[request.method];
  receive({ reply: answer === undefined ? { id: request.id, ok: false, errors: [{ code: 'fake', message: `The stand-in does not know ${request.method}.`, remedy: 'Use the real lab.' }] } : { id: request.id, ok: true, value: answer() } });
}
