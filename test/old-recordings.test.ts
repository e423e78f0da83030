import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { COUNTER } from '../src-engine/record/counters.ts';
import { createPlayer } from '../src-engine/record/player.ts';
import { zstd } from '../src-main/lab/compressor.ts';
import { writeExport } from '../src-main/lab/exports/write-export.ts';
import { openDatabase } from '../src-main/store/database.ts';
import { createRunReader } from '../src-main/store/run-reader.ts';

/** A library as the second version of the lab left it: its runs open, and show what they showed then, though containers have more counters now. */
const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('opens a run that has fewer counters', async () => {
  const path = join(dir, 'library.db');
  writeFileSync(path, gunzipSync(readFileSync(join(import.meta.dirname, 'fixtures/library-version-2.db.gz'))));
  const opened = await openDatabase(path);
  if (!opened.ok) throw new Error(opened.errors[0]?.message);
  const reader = createRunReader(opened.value, 1);
  if (reader === undefined) throw new Error('The library has no run 1.');
  const created = createPlayer(reader, zstd);
  if (!created.ok) throw new Error(created.errors[0].message);
  const player = created.value;
  expect(reader.meta).toMatchObject({ engine_version: '2', model: 'memcg-v2' });

  // As `memledger run` of that version printed them at the end.
  const state = player.seek({ event: player.event_count });
  const shown = state.containers.map(({ path: container, counters }) => [container, counters[COUNTER.file], counters[COUNTER.kernel], counters[COUNTER.max]]);
  expect(shown).toEqual([
    ['.', 3072 * 1024, 100 * 1024, 13],
    ['A', 840 * 1024, 0, 13],
    ['B', 2232 * 1024, 100 * 1024, 0],
  ]);
  const [series] = player.series({ series: [{ container: 2, counter: COUNTER.kernel }], from_event: 0, to_event: player.event_count, bucket_count_max: 4 });
  expect(series?.last.at(-1)).toBe(100 * 1024);

  // What its samples do not have is empty in CSV, a limit too: a limit of 0 would be one.
  const pieces: Uint8Array[] = [];
  const written = await writeExport(
    () => opened.value,
    { format: 'csv', run_ids: [1] },
    async (bytes) => {
      pieces.push(bytes.slice());
      return true;
    },
  );
  expect(written.ok).toBe(true);
  const [head = [], first = []] = Buffer.concat(pieces)
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(','));
  expect(['hugetlb', 'limits.hugetlb', 'limits.max'].map((name) => first[head.indexOf(name)])).toEqual(['', '', 'max']);
  opened.value.close();
});
