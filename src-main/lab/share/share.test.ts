import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBlockEncoder } from '../../../src-engine/record/codec.ts';
import { createColumns, KIND } from '../../../src-engine/record/events.ts';
import { xxh32 } from '../../../src-engine/record/xxh32.ts';
import { createComparisonStore } from '../../store/comparisons.ts';
import type { Database } from '../../store/database.ts';
import { createRunStore } from '../../store/runs.ts';
import { must, temporaryDirectory, testDatabase } from '../../store/test-database.ts';
import { zstd } from '../compressor.ts';
import { testLibrary as library, TWO_READERS as TEXT } from '../test-library.ts';
import { HEADER_BYTES, runKey, SHARE_VERSION, type ShareContents, sha256Of, VERSION_AT, versionFor } from './format.ts';
import { keepShared, reckonKeep } from './keep.ts';
import { openShare } from './read-share.ts';
import { unpackShare } from './unpack.ts';
import { headOf, reckonShare, type ShareRequest, writeShare } from './write-share.ts';

async function written(database: Database, request: Partial<ShareRequest>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const size = must(
    await writeShare(database, { run_ids: [], scenario_ids: [], comparison_ids: [], ...request }, async (bytes) => {
      pieces.push(Buffer.from(bytes));
      return true;
    }),
  );
  const bytes = Buffer.concat(pieces);
  expect(size).toBe(bytes.length);
  return bytes;
}

/** Unpacks bytes as a guest; what could not be read is told by its codes. */
async function opened(bytes: Uint8Array): Promise<{ readonly guest: Database; readonly problems: readonly string[] } | { readonly refused: string }> {
  const path = join(temporaryDirectory(), 'x.memledger');
  writeFileSync(path, bytes);
  const file = openShare(path, 'x.memledger');
  if (!file.ok) return { refused: file.errors[0]?.code ?? '' };
  try {
    const guest = await testDatabase();
    const { problems } = must(await unpackShare(file.value, 'x.memledger', guest));
    return { guest, problems: problems.map(({ code }) => code) };
  } finally {
    file.value.close();
  }
}

async function guestOf(bytes: Uint8Array): Promise<Database> {
  const result = await opened(bytes);
  if ('refused' in result) throw new Error(result.refused);
  expect(result.problems).toEqual([]);
  return result.guest;
}

/** The file's contents, and the same file with others. */
const contentsOf = (bytes: Uint8Array): ShareContents =>
  JSON.parse(Buffer.from(bytes).toString('utf8', HEADER_BYTES, HEADER_BYTES + Buffer.from(bytes).readUInt32LE(12)));
function withContents(bytes: Uint8Array, change: (contents: ShareContents) => void): Uint8Array {
  const contents = contentsOf(bytes);
  const pieces_from = HEADER_BYTES + Buffer.from(bytes).readUInt32LE(12);
  change(contents);
  return Buffer.concat([headOf(Buffer.from(JSON.stringify(contents)), versionFor(contents)), bytes.subarray(pieces_from)]);
}

/** The file with another piece in the place of one, its size and hash as they should be. */
function withPiece(bytes: Uint8Array, which: (contents: ShareContents) => number, change: (piece: Buffer) => Buffer): Uint8Array {
  const contents = contentsOf(bytes);
  const pieces_from = HEADER_BYTES + Buffer.from(bytes).readUInt32LE(12);
  const at = which(contents);
  const offset = contents.pieces.slice(0, at).reduce((sum, { size_bytes }) => sum + size_bytes, pieces_from);
  const end = offset + (contents.pieces[at]?.size_bytes ?? 0);
  const piece = change(Buffer.from(bytes.subarray(offset, end)));
  const other = Buffer.concat([bytes.subarray(0, offset), piece, bytes.subarray(end)]);
  return withContents(other, ({ pieces }) => {
    pieces[at] = { size_bytes: piece.length, sha256: sha256Of(piece) };
  });
}

describe('a shared file', () => {
  let own: Awaited<ReturnType<typeof library>>;
  let bytes: Uint8Array;
  beforeAll(async () => {
    // Its database goes with the first test; the bytes stay.
    own = await library();
    bytes = await written(own.database, { comparison_ids: [1] });
  }, 60_000);

  it('has the same bytes for the same contents, whatever the library and the order asked in', async () => {
    const other = await library(['partial', 'static']);
    const again = await written(other.database, { comparison_ids: [1] });
    // Its bookmarks and its comparison are others.
    expect(again.length).toBe(bytes.length);
    const one = await written(other.database, { run_ids: [1, 2] });
    expect(Buffer.compare(one, await written(other.database, { run_ids: [2, 1, 2] }))).toBe(0);
    const text = Buffer.from(one).toString('latin1');
    for (const secret of [temporaryDirectory().slice(0, 8), new Date().toISOString().slice(0, 10), process.env.USER ?? 'root@'])
      expect(text).not.toContain(secret);
  });

  it('is as large as was told before', async () => {
    const other = await library();
    const request = { run_ids: [1], scenario_ids: [1], comparison_ids: [1] };
    const reckoned = must(await reckonShare(other.database, request));
    expect(reckoned).toMatchObject({
      run_count: 2,
      scenario_count: 1,
      comparison_count: 1,
      bookmark_count: 2,
      size_bytes: (await written(other.database, request)).length,
    });
  });

  it('opens with everything that was in it', async () => {
    const other = await library();
    const guest = await guestOf(bytes);
    const [mine, theirs] = [createRunStore(other.database), createRunStore(guest)];
    for (const row of await mine.list()) {
      const found = (await theirs.list()).find(({ model }) => model === row.model);
      const { id: _id, started_at: _at, wall_ms: _ms, revision_id: _revision, stored_bytes, ...rest } = row;
      expect(found).toMatchObject(rest);
      // Keyframes and series are made anew, with the same bytes.
      expect(found?.stored_bytes).toBe(stored_bytes);
      expect(await theirs.samples(found?.id ?? 0)).toEqual((await mine.samples(row.id)).map((sample) => ({ ...sample, data: expect.any(String) })));
      expect(await theirs.expectations(found?.id ?? 0)).toEqual(await mine.expectations(row.id));
      expect((await theirs.bookmarks(found?.id ?? 0)).map(({ event_index, note }) => [event_index, note])).toEqual([[5, `look here, ${row.id}`]]);
      expect(await theirs.scenarioText(found?.id ?? 0)).toBe(TEXT);
    }
    const [comparison] = await createComparisonStore(guest).list();
    expect(comparison).toMatchObject({ name: 'both', note: 'A pays here, B there' });
    expect((await theirs.row(comparison?.baseline_run_id ?? 0))?.model).toBe('partial');
  });

  it('gives the same bytes again when it is shared from where it was kept', async () => {
    const guest = await guestOf(bytes);
    const receiver = await testDatabase();
    expect(await reckonKeep(guest, receiver)).toMatchObject({ scenarios_added: 1, runs_added: 2, runs_present: 0, bookmarks_added: 2, comparisons_added: 1 });
    await keepShared(guest, receiver);
    expect(Buffer.compare(bytes, await written(receiver, { comparison_ids: [1] }))).toBe(0);
    // Kept once more, nothing is doubled.
    const again = await keepShared(guest, receiver);
    expect(again).toMatchObject({ scenarios_added: 0, scenarios_present: 1, runs_added: 0, runs_present: 2, bookmarks_added: 0, comparisons_added: 0 });
    expect(await createRunStore(receiver).list()).toHaveLength(2);
  });

  it('is of the first version, which older labs open, unless a comparison has a note', async () => {
    const other = await library();
    const versionOf = async (): Promise<number> => Buffer.from(await written(other.database, { comparison_ids: [1] })).readUInt32LE(VERSION_AT);
    expect(await versionOf()).toBe(2);
    await createComparisonStore(other.database).annotate(1, '');
    expect(await versionOf()).toBe(1);
  });

  it('adds a comparison whose note is another, and keeps the own as it is', async () => {
    const guest = await guestOf(bytes);
    const receiver = await testDatabase();
    await keepShared(guest, receiver);
    const store = createComparisonStore(receiver);
    await store.annotate(1, 'my own words');
    expect(await keepShared(guest, receiver)).toMatchObject({ runs_added: 0, comparisons_added: 1 });
    expect((await store.list()).map(({ note }) => note)).toEqual(['A pays here, B there', 'my own words']);
  });

  it('says what of a torn file can be read', async () => {
    const contents = contentsOf(bytes);
    const runs_from = bytes.length - (contents.pieces.at(-1)?.size_bytes ?? 0);
    const torn = await opened(bytes.subarray(0, runs_from + 3));
    expect(torn).toMatchObject({ problems: ['share.torn', 'share.run-refused', 'share.comparison-damaged'] });
    expect(await createRunStore((torn as { guest: Database }).guest).list()).toHaveLength(1);
    expect(await opened(bytes.subarray(0, HEADER_BYTES + 10))).toEqual({ refused: 'share.damaged' });
    expect(await opened(bytes.subarray(0, 7))).toEqual({ refused: 'share.not-ours' });
    expect(await opened(new Uint8Array())).toEqual({ refused: 'share.not-ours' });
  });

  it('is refused in words where a newer lab wrote it', async () => {
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(SHARE_VERSION + 1, VERSION_AT);
    expect(await opened(newer)).toEqual({ refused: 'share.newer' });
  });

  it('carries what a kernel was read of: more of its tasks, of its containers what could be read; and no counter that its events do not give', async () => {
    const other = await library(['static']);
    const told = async (change: (container: Record<string, unknown>) => void): Promise<Uint8Array> => {
      for (const { sample_index, data } of other.database.sqlite
        .prepare<[], { sample_index: number; data: string }>('select sample_index, data from samples')
        .all()) {
        const { containers, tasks } = JSON.parse(data);
        Object.assign(tasks.a, { pss: 4096, locked: 0, pinned: 8192 });
        change(containers.A);
        other.database.sqlite.prepare('update samples set data = ? where sample_index = ?').run(JSON.stringify({ containers, tasks }), sample_index);
      }
      return written(other.database, { run_ids: [1] });
    };
    const guest = await guestOf(
      await told((container) => {
        delete container.pswpin;
        delete container.psi_some_total;
      }),
    );
    const [of_guest, own_samples] = await Promise.all([guest, other.database].map((database) => createRunStore(database).samples(1)));
    expect(of_guest?.map(({ data }) => JSON.parse(data))).toEqual(own_samples?.map(({ data }) => JSON.parse(data)));
    const forged = await told((container) => {
      container.current = Number(container.current) + 4096;
    });
    expect(await opened(forged)).toMatchObject({ problems: ['share.run-refused'] });
  });

  it('cannot state a run that its events are not', async () => {
    const lie = (change: (run: ShareContents['runs'][number]) => void): Uint8Array =>
      withContents(bytes, ({ runs: [run] }) => {
        if (run !== undefined) change(run);
      });
    for (const forged of [
      lie((run) => {
        run.log_sha256 = '0'.repeat(64);
      }),
      lie((run) => {
        run.event_count += 1;
      }),
      lie((run) => {
        run.meta.engine_version = '999';
      }),
    ])
      expect(await opened(forged)).toMatchObject({ problems: ['share.run-refused', 'share.comparison-damaged'] });
  });

  it('cannot claim more than there is', async () => {
    const huge = withContents(bytes, (contents) => {
      const [piece] = contents.pieces;
      if (piece !== undefined) piece.size_bytes = Number.MAX_SAFE_INTEGER - 1;
    });
    const result = await opened(huge);
    expect('problems' in result && result.problems).toContain('share.torn');
    const head = Buffer.from(bytes);
    head.writeUInt32LE(0xffffffff, 12);
    expect(await opened(head)).toEqual({ refused: 'share.damaged' });
  });

  it('is refused in words where a small piece becomes a large one', async () => {
    const packed = (size_bytes: number): Buffer => zstdCompressSync(Buffer.alloc(size_bytes));
    // A block whose content is larger than its envelope says, with every hash as it should be.
    const bomb = withPiece(
      bytes,
      ({ runs: [run] }) => run?.first_block ?? 0,
      (sealed) => {
        const forged = Buffer.concat([sealed.subarray(0, 16), packed(2 ** 26)]);
        forged.writeUInt32LE(forged.length - 16, 12);
        forged.writeUInt32LE(xxh32(forged.subarray(8), forged.readUInt32LE(0)), 4);
        return forged;
      },
    );
    expect(await opened(bomb)).toMatchObject({ problems: ['share.run-refused', 'share.comparison-damaged'] });
    // A text that a run was imported from.
    const attached = (size_bytes: number): Uint8Array => {
      const piece = contentsOf(bytes).texts[0]?.piece ?? 0;
      const own = withPiece(
        bytes,
        () => piece,
        () => packed(2 ** 26),
      );
      return withContents(own, (contents) => {
        contents.texts = [];
        contents.scenarios = [];
        for (const [index, { meta, ...run }] of contents.runs.entries()) {
          const attachment = { file_name: 't.txt', size_bytes, piece };
          const forged = { ...run, meta, text: null, attachment };
          contents.runs[index] = {
            ...forged,
            key: runKey({
              ...forged,
              source: meta.source,
              charge_shift: meta.charge_shift,
              engine_version: meta.engine_version,
              attachment_size_bytes: size_bytes,
            }),
          };
        }
        contents.comparisons = [];
      });
    };
    expect(await opened(attached(1000))).toMatchObject({ problems: ['share.attachment-damaged', 'share.attachment-damaged'] });
    expect(await opened(attached(2 ** 26))).toMatchObject({ problems: [] });
    expect(await opened(attached(2 ** 29 + 1))).toEqual({ refused: 'share.damaged' });
  });

  it('has no more pages than there is room for', async () => {
    const columns = createColumns();
    columns.kind.set([KIND.object_create, KIND.run_end]);
    columns.page[0] = 2 ** 31;
    columns.a[0] = 2 ** 30;
    const huge = withPiece(
      bytes,
      ({ runs }) => runs[0]?.first_block ?? 0,
      () => Buffer.from(createBlockEncoder(zstd)(columns, 2)),
    );
    const path = join(temporaryDirectory(), 'x.memledger');
    writeFileSync(path, huge);
    const file = must(openShare(path, 'x.memledger'));
    const { problems } = must(await unpackShare(file, 'x.memledger', await testDatabase()));
    file.close();
    expect(problems[0]?.message).toContain('its objects have 3 221 225 472 pages; up to 134 217 728 are read from a file');
  });

  it('hurts nobody, whatever was done to it', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), async (at, value, length) => {
        const harmed = Buffer.from(bytes.subarray(0, Math.max(at + 1, length)));
        harmed[at] = value;
        const result = await opened(harmed);
        if ('refused' in result) return;
        const is_changed = Buffer.compare(harmed, bytes) !== 0;
        expect(result.problems.length > 0).toBe(is_changed);
        for (const run of await createRunStore(result.guest).list()) expect(['complete', 'interrupted']).toContain(run.status);
      }),
      { numRuns: 40 },
    );
  });

  it('answers contents of any shape', { timeout: 120_000 }, async () => {
    const json = fc.oneof(fc.json(), fc.constant('{"runs":{"__proto__":1}}'));
    await fc.assert(
      fc.asyncProperty(json, async (text) => {
        expect(await opened(headOf(Buffer.from(text), SHARE_VERSION))).toEqual({ refused: 'share.damaged' });
      }),
      { numRuns: 60 },
    );
    // Contents that are nearly right.
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('scenarios', 'texts', 'runs', 'comparisons', 'pieces'), fc.nat(5), fc.jsonValue(), async (list, index, value) => {
        const forged = withContents(bytes, (contents) => {
          const entries = contents[list as 'runs'] as unknown[];
          const entry = entries[index % entries.length] as Record<string, unknown>;
          const keys = Object.keys(entry);
          entry[keys[index % keys.length] ?? ''] = value;
        });
        await opened(forged);
      }),
      { numRuns: 60 },
    );
  });

  it('has a head that no text has', () => {
    expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x4d, 0x4c, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
  });
});
