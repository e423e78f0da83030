import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ok, type Result } from '../../src-engine/base/result.ts';
import type { Pause } from '../../src-engine/record/page-events.ts';
import { PAGE_VALUE } from '../../src-engine/record/page-values.ts';
import { must, temporaryDirectory } from '../store/test-database.ts';
import type { Answer, LabNotice, Method, Params } from './contract.ts';
import { createLab, type Lab } from './lab.ts';
import { createSearches } from './searches.ts';

const SHARED = `memledger: 1
name: Shared
containers: { A: {}, B: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: f, by: a, range: 0..512KiB }
  - { map: f, by: b, as: lib }
  - { touch: lib, by: b, range: 0..256KiB }
models: [static, rss]
`;
const PAGE_COUNT = 256;

let lab: Lab;
let notices: LabNotice[];

async function value<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
  const reply = await lab.handle({ id: 1, method, params });
  if (!reply.ok) throw new Error(`${method}: ${reply.errors[0]?.message}`);
  // The lab answers a method with its own answer.
  return reply.value as Answer<M>;
}

async function recorded(): Promise<readonly { run_id: number; event_index: number }[]> {
  const { scenario } = await value('saveScenario', { text: SHARED });
  const { run_ids } = await value('startRuns', { scenario_id: scenario.id, models: ['static', 'rss'] });
  await vi.waitFor(() => expect(notices.filter(({ kind }) => kind === 'run-ended')).toHaveLength(2), { timeout: 30_000 });
  return Promise.all(run_ids.map(async (run_id) => ({ run_id, event_index: (await value('openRun', { run_id })).event_count })));
}

beforeEach(async () => {
  notices = [];
  lab = must(await createLab({ db_path: join(temporaryDirectory(), 'library.db') }));
  lab.subscribe((notice) => notices.push(notice));
});
afterEach(() => lab.close());

test('maps of two models of one object, the page’s story, and where they disagree', async () => {
  const [first, second] = await recorded();
  const range = { mode: 'owner', from_page: 0, to_page: PAGE_COUNT, bucket_count_max: 1000 } as const;
  const map = await value('pageMap', { ...first, object: 0, ...range });
  // Under static the first to touch a page owns it: A, who read the first half.
  expect(map?.legend).toEqual([
    { value: 1, page_count: 128 },
    { value: PAGE_VALUE.absent, page_count: 128 },
  ]);
  const story = await value('pageAt', { ...first, page: 3, limit: 10 });
  expect(story).toMatchObject({ owners: [{ container: 1, units: 1 }], mapcount: 1, mapped_by: [{ task: 1, times: 1 }], counts: { charged: 1, evicted: 0 } });
  expect(story.events.length).toBe(story.before_count);

  const rss = await value('pageMap', { ...second, object: 0, ...range });
  const sides = [
    { ...first, object: 0 },
    { ...second, object: 0 },
  ] as const;
  const difference = await value('pageDifference', { sides: [...sides], ...range });
  expect(difference?.differing_page_count).toBe([...(map?.values ?? [])].filter((owner, page) => owner !== rss?.values[page]).length);
  expect(difference?.differing_page_count).toBeGreaterThan(0);
  expect(await value('pageDifference', { sides: [sides[0], sides[0]], ...range })).toMatchObject({ differing_page_count: 0, first_differing: null });
  expect(await value('pageMap', { ...first, event_index: 0, object: 0, ...range })).toBeNull();
});

test('a search that is ended by its name is told so at its next pause, others go on', async () => {
  const searches = createSearches();
  const search = async (pause: Pause): Promise<Result<number>> => {
    for (let pauses = 0; pauses < 100; pauses++) await pause();
    return ok(100);
  };
  const mine = searches.run('mine', search);
  const other = searches.run('other', search);
  const unnamed = searches.run(undefined, search);
  searches.cancel('mine');
  searches.cancel('nobody');
  expect(await mine).toMatchObject({ ok: false, errors: [{ code: 'cancelled' }] });
  expect([await other, await unnamed]).toEqual([ok(100), ok(100)]);
  // Its name is free again.
  expect(await searches.run('mine', search)).toEqual(ok(100));
});
