import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { createRunStore } from '../store/runs.ts';
import { must, temporaryDirectory } from '../store/test-database.ts';
import { openWorkbench } from './workbench.ts';

const TEXT = `memledger: 1
name: Small
containers: { A: {}, B: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: f, by: a }
  - { sample: one }
  - { map: f, by: b, as: m }
  - { touch: m, by: b }
  - { sample: two }
`;

/** Two recorded runs; that of the first model stands in for a kernel's, as the store has it. */
async function recordedPair(kernel_model: string, model: string) {
  const db_path = join(temporaryDirectory(), 'library.db');
  const bench = must(await openWorkbench({ db_path }));
  const scenario = must(await bench.addScenario({ path: join(temporaryDirectory(), 'small.yaml'), name: 'Small', text: TEXT, models: [model] }, [model]));
  const ids: number[] = [];
  for (const one of [kernel_model, model]) {
    const id = must(await bench.createRun(scenario, one));
    must(await bench.record(id, { in_place: true }));
    ids.push(id);
  }
  const database = must(await openDatabase(db_path));
  await database.kysely
    .updateTable('runs')
    .set({ source: 'kernel' })
    .where('id', '=', ids[0] ?? 0)
    .execute();
  expect((await createRunStore(database).row(ids[0] ?? 0))?.source).toBe('kernel');
  database.close();
  return { bench, kernel_run_id: ids[0] ?? 0, model_run_id: ids[1] ?? 0 };
}

describe('the lab’s fidelity', () => {
  it('finds where a model parts from the kernel: step, line, counter and the first event', async () => {
    const { bench, kernel_run_id, model_run_id } = await recordedPair('static', 'rss');
    const fidelity = must(await bench.play('fidelity', { kernel_run_id, model_run_id }));
    expect(fidelity.samples.map(({ sample }) => sample)).toEqual(['one', 'two']);
    // A owns the file where first touch decides; where mappings decide nobody does until B maps it.
    expect(fidelity.parting).toMatchObject({ step: 0, line: 7, cell: { path: 'A', counter: 'current', kernel: 2 ** 20, model: 0, tolerance: 96 * 4096 } });
    expect(fidelity.parting?.first_event).toBeNull();
    const text = must(await bench.play('fidelityText', { kernel_run_id, model_run_id, format: 'text' }));
    expect(text.text).toContain('they part in step 0 (line 7)');
    bench.close();
  });

  it('names the event at which the simulator goes beyond what the kernel had', async () => {
    const { bench, kernel_run_id, model_run_id } = await recordedPair('rss', 'static');
    const { parting } = must(await bench.play('fidelity', { kernel_run_id, model_run_id }));
    expect(parting).toMatchObject({ step: 0, cell: { counter: 'current', kernel: 0, model: 2 ** 20 } });
    const event = parting?.first_event ?? -1;
    const currentAfter = async (count: number): Promise<number | undefined> =>
      must(await bench.play('seek', { run_id: model_run_id, target: { event: count } })).containers.find(({ path }) => path === 'A')?.counters[0];
    expect(await currentAfter(event - 1)).toBe(96 * 4096);
    expect(await currentAfter(event)).toBe(97 * 4096);
    bench.close();
  });

  it('parts nowhere from itself', async () => {
    const { bench, kernel_run_id, model_run_id } = await recordedPair('static', 'static');
    const { parting, cell_count, exact_count } = must(await bench.play('fidelity', { kernel_run_id, model_run_id }));
    expect(parting).toBeNull();
    expect(exact_count).toBe(cell_count);
    expect(cell_count).toBeGreaterThan(5);
    bench.close();
  });

  it('refuses a pair that cannot be compared', async () => {
    const { bench, kernel_run_id, model_run_id } = await recordedPair('static', 'rss');
    for (const [pair, code] of [
      [{ kernel_run_id: model_run_id, model_run_id }, 'not-a-kernel-run'],
      [{ kernel_run_id, model_run_id: kernel_run_id }, 'not-a-model-run'],
      [{ kernel_run_id, model_run_id: 4711 }, 'no-such-run'],
    ] as const) {
      const refused = await bench.play('fidelity', pair);
      expect(refused.ok ? [] : refused.errors.map((error) => error.code)).toEqual([code]);
    }
    bench.close();
  });
});
