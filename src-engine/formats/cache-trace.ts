import { formatCount, plainFigures, plural } from '../base/figures.ts';
import { fail, ok } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { parseTrace } from '../scenario/traces.ts';
import { countMatches, type ForeignFormat, type ImportInput } from './foreign-format.ts';
import { createLineBook, type LineAccount, linesOf } from './import-lines.ts';
import { aboutOf, createDraft, machineMemory, pagesSize } from './scenario-draft.ts';

const NUMBER_ROW = /^\s*\d+\s*$/;
const CSV_ROW = /^\s*\d+(?:\.\d+)?(?:\s*[,;\t]\s*[\w.+:/-]*){1,}\s*$/;
const RECORD_BYTES = 24;
/** Block traces of Microsoft Research, Cambridge (SNIA): timestamp, host, disk, type, offset, size, response time. */
const isBlockRow = (cells: readonly string[]): boolean => cells.length === 7 && /^(?:read|write)$/i.test(cells[3] ?? '');
/** What a column that names the object is called. */
const OBJECT_COLUMN = /^(?:obj(?:ect)?(?:[_-]?id)?|id|key|lbn|lba|block|page|address)$/i;

const cellsOf = (line: string): readonly string[] => line.split(/\s*[,;\t]\s*/).map((cell) => cell.trim());

interface Accesses {
  readonly bytes: Uint8Array;
  readonly access_count: number;
  readonly page_count: number;
  readonly lines: LineAccount;
  readonly notes: readonly string[];
}

/** Objects become pages in the order of their first appearance; numbers that lie close together stay as they are. */
function numbered(objects: readonly string[]): { readonly pages: readonly number[]; readonly page_count: number; readonly kept: boolean } {
  const index_by_object = new Map<string, number>();
  let highest = 0;
  for (const object of objects) {
    if (!index_by_object.has(object)) index_by_object.set(object, index_by_object.size);
    const number = /^\d+$/.test(object) ? Number(object) : Number.POSITIVE_INFINITY;
    highest = Math.max(highest, number);
  }
  const kept = highest < Math.min(LIMITS.object_page_count, index_by_object.size * 4);
  return {
    pages: objects.map((object) => (kept ? Number(object) : (index_by_object.get(object) ?? 0))),
    page_count: kept ? highest + 1 : index_by_object.size,
    kept,
  };
}

function readText(text: string): Accesses | null {
  const lines = linesOf(text);
  const book = createLineBook(lines);
  const objects: string[] = [];
  let column: number | null = null;
  let block_rows = 0;
  for (const [index, line] of lines.entries()) {
    const heading = line.replace(/^\s*#\s*/, '');
    const cells = cellsOf(heading);
    const named = cells.findIndex((cell) => OBJECT_COLUMN.test(cell));
    if (named >= 0 && objects.length === 0) {
      column = named;
      book.use(index);
    } else if (/^\s*#/.test(line)) book.use(index);
    else if (NUMBER_ROW.test(line) && (column === null || cells.length > column)) {
      objects.push(line.trim());
      book.use(index);
    } else if (CSV_ROW.test(line)) {
      // Without a header, three columns or more are time, object, size, as libCacheSim's own samples have them; two are object, size.
      const is_block = column === null && isBlockRow(cells);
      block_rows += is_block ? 1 : 0;
      const object = is_block ? `${cells[1]}/${cells[2]}/${cells[4]}` : cells[column ?? (cells.length >= 3 ? 1 : 0)];
      if (object === undefined || object === '') continue;
      objects.push(object);
      book.use(index);
    }
  }
  if (objects.length === 0) return null;
  const { pages, page_count, kept } = numbered(objects);
  const notes = kept ? [] : ['objects are numbered in the order of their first appearance'];
  if (block_rows > 0) notes.push('the columns are those of block traces (time, host, disk, type, offset, size): an object is an offset of a disk');
  else if (column === null && objects.length > 0 && lines.some((line) => CSV_ROW.test(line) && !NUMBER_ROW.test(line)))
    notes.push('the columns have no names: taken as time, object, size');
  return { bytes: new TextEncoder().encode(`${pages.join('\n')}\n`), access_count: pages.length, page_count, lines: book.account(), notes };
}

function readBinary(bytes: Uint8Array): Accesses | null {
  const trace = parseTrace(bytes);
  if (!trace.ok) return null;
  const count = trace.value.pages.length;
  return {
    bytes,
    access_count: count,
    page_count: trace.value.page_count,
    lines: { lines_total: count, lines_used: count, lines_not_understood: 0, not_understood: [] },
    notes: ['a record of the binary form counts as a line'],
  };
}

const readAccesses = ({ text, files }: ImportInput): Accesses | null => (text === null ? readBinary(files[0]?.bytes ?? new Uint8Array()) : readText(text));

/** Traces of libCacheSim (1a1a11a/libCacheSim, data/): text of one object a line, CSV, and the binary oracleGeneral. An object counts as one page, whatever its size. */
export const CACHE_TRACE: ForeignFormat = {
  id: 'libcachesim',
  title: 'libCacheSim trace',
  source: 'a text, CSV or oracleGeneral trace of libCacheSim',
  recognise({ text, files }) {
    if (text === null) {
      const bytes = files.length === 1 ? (files[0]?.bytes ?? new Uint8Array()) : new Uint8Array();
      const fits = bytes.length >= RECORD_BYTES && bytes.length % RECORD_BYTES === 0 && parseTrace(bytes).ok;
      return { fits: fits ? bytes.length / RECORD_BYTES : 0, why: fits ? 'records of oracleGeneral' : 'its bytes are no records of oracleGeneral' };
    }
    // Rows of bare numbers say little: only a text that has hardly anything else is a trace.
    const rows = countMatches(text, NUMBER_ROW) + countMatches(text, CSV_ROW);
    const lines = countMatches(text, /\S/);
    const fits = rows > 0 && rows * 10 >= lines * 9 - 10;
    return { fits: fits ? Math.ceil(rows / 4) : 0, why: fits ? `${rows} rows of numbers` : 'its lines are not rows of numbers' };
  },
  read(input) {
    const accesses = readAccesses(input);
    const place = { file: input.name };
    if (accesses === null)
      return fail({
        code: 'cache-trace-empty',
        message: 'The trace has no accesses.',
        place,
        remedy: 'give one object a line, CSV with a header that names the column `object`, or oracleGeneral',
      });
    if (accesses.page_count > LIMITS.object_page_count)
      return fail({
        code: 'cache-trace-too-large',
        message: `The trace has ${plural(accesses.page_count, 'object')}; the lab takes up to ${formatCount(LIMITS.object_page_count)}.`,
        place,
        remedy: 'cut the trace',
      });
    const { page_count } = accesses;
    const base = (input.name.split('/').at(-1) ?? 'trace').replaceAll(/[^\w.-]/g, '_');
    const file = `${base}.pages`;
    const draft = createDraft();
    const container = draft.container('A', { max: pagesSize(Math.max(64, Math.ceil(page_count / 2))) });
    const task = draft.task('a', container);
    const object = draft.object('objects', { file: pagesSize(page_count) });
    draft.step(
      { workload: 'trace', file, over: object, by: task },
      plainFigures(`${plural(accesses.access_count, 'access', 'accesses')} to ${plural(page_count, 'object')}`),
    );
    draft.step({ sample: draft.name('after-the-trace') });
    const name = `The trace ${base}`;
    const text = draft.render({
      name,
      about: aboutOf(
        ['Made from a trace of libCacheSim: every object is a page of one file, and half of them fit. Change the limit of A, or put other tasks beside it.'],
        [],
        accesses.notes,
      ),
      models: ['memcg-v2', 'partial', 'rss', 'software-zones'],
      machine: { memory: machineMemory(2 * page_count * 4096) },
    });
    return ok({ lines: accesses.lines, slack: [], notes: accesses.notes, scenarios: [{ name, text, trace: { file, bytes: accesses.bytes } }] });
  },
};
