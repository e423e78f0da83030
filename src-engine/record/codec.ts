import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import type { EventColumns } from './events.ts';
import { BLOCK_EVENT_COUNT, createColumns } from './events.ts';
import type { Compressor } from './run.ts';
import { damaged, seal, unseal } from './seal.ts';

/** The columns besides `kind`, in the order in which they stand in a block and in the log's hash. */
const VALUE_COLUMNS = ['flags', 'task', 'container', 'page', 'a', 'b', 'dt_ns'] as const;
const COLUMN_COUNT = VALUE_COLUMNS.length;
const PAGE_COLUMN = VALUE_COLUMNS.indexOf('page');
const KIND_COUNT = 256;
/** Per kind and column: mask of varying bytes (u8), first value (u32). */
const GROUP_HEADER_BYTES = 5;
const CONTENT_BYTES_MAX = 4 + BLOCK_EVENT_COUNT * 22 + KIND_COUNT * COLUMN_COUNT * GROUP_HEADER_BYTES;

/** Rows of each kind, and where each kind's group begins when rows are taken kind by kind. */
interface Groups {
  readonly counts: Uint32Array;
  readonly starts: Uint32Array;
  /** Row numbers, kind by kind. */
  readonly order: Uint32Array;
}

function groupByKind(kind: Uint8Array, count: number, order: Uint32Array): Groups {
  const counts = new Uint32Array(KIND_COUNT);
  for (let row = 0; row < count; row++) counts[kind[row]]++;
  const starts = new Uint32Array(KIND_COUNT);
  for (let code = 1; code < KIND_COUNT; code++) starts[code] = starts[code - 1] + counts[code - 1];
  const next = starts.slice();
  for (let row = 0; row < count; row++) order[next[kind[row]]++] = row;
  return { counts, starts, order };
}

/** Which bytes of the values differ within the group: bit n for byte n. */
const varyingBytes = (difference: number): number =>
  (difference & 0xff ? 1 : 0) | (difference & 0xff00 ? 2 : 0) | (difference & 0xff0000 ? 4 : 0) | (difference & 0xff000000 ? 8 : 0);

/** The columns besides `kind` of one block, as 32-bit patterns taken kind by kind; page as folded differences within its group. */
type Gathered = readonly Int32Array[];

const createGathered = (count: number): Gathered => VALUE_COLUMNS.map(() => new Int32Array(count));

/** Gathers one group. Writes into `masks` which bytes of each column vary. All columns in one loop: each row number is looked up once. */
function gatherGroup(columns: EventColumns, order: Uint32Array, start: number, end: number, gathered: Gathered, masks: Uint8Array): void {
  const { flags, task, container, page, a, b, dt_ns } = columns;
  const [flagsOut, taskOut, containerOut, pageOut, aOut, bOut, dtOut] = gathered;
  const first = order[start];
  const flagsFirst = flags[first];
  const taskFirst = task[first];
  const containerFirst = container[first];
  const aFirst = a[first];
  const bFirst = b[first];
  const dtFirst = dt_ns[first] | 0;
  let previousPage = page[first] | 0;
  let flagsDiffer = 0;
  let taskDiffers = 0;
  let containerDiffers = 0;
  let pageDiffers = 0;
  let aDiffers = 0;
  let bDiffers = 0;
  let dtDiffers = 0;
  for (let at = start; at < end; at++) {
    const row = order[at];
    const flagsHere = flags[row];
    const taskHere = task[row];
    const containerHere = container[row];
    const step = (page[row] - previousPage) | 0;
    const folded = (step << 1) ^ (step >> 31);
    const aHere = a[row];
    const bHere = b[row];
    const dtHere = dt_ns[row] | 0;
    previousPage = (previousPage + step) | 0;
    flagsOut[at] = flagsHere;
    taskOut[at] = taskHere;
    containerOut[at] = containerHere;
    pageOut[at] = folded;
    aOut[at] = aHere;
    bOut[at] = bHere;
    dtOut[at] = dtHere;
    flagsDiffer |= flagsHere ^ flagsFirst;
    taskDiffers |= taskHere ^ taskFirst;
    containerDiffers |= containerHere ^ containerFirst;
    pageDiffers |= folded;
    aDiffers |= aHere ^ aFirst;
    bDiffers |= bHere ^ bFirst;
    dtDiffers |= dtHere ^ dtFirst;
  }
  [flagsDiffer, taskDiffers, containerDiffers, pageDiffers, aDiffers, bDiffers, dtDiffers].forEach((difference, c) => {
    masks[c] = varyingBytes(difference);
  });
}

/** Puts a gathered group back into its rows. */
function scatterGroup(gathered: Gathered, order: Uint32Array, start: number, end: number, columns: EventColumns): void {
  const { flags, task, container, page, a, b, dt_ns } = columns;
  const [flagsIn, taskIn, containerIn, pageIn, aIn, bIn, dtIn] = gathered;
  for (let at = start; at < end; at++) {
    const row = order[at];
    flags[row] = flagsIn[at];
    task[row] = taskIn[at];
    container[row] = containerIn[at];
    page[row] = pageIn[at];
    a[row] = aIn[at];
    b[row] = bIn[at];
    dt_ns[row] = dtIn[at];
  }
}

function writePlane(values: Int32Array, start: number, end: number, shift: number, out: Uint8Array, offset: number): void {
  const base = offset - start;
  for (let at = start; at < end; at++) out[base + at] = values[at] >>> shift;
}

function readPlane(content: Uint8Array, offset: number, values: Int32Array, start: number, end: number, shift: number): void {
  const base = offset - start;
  for (let at = start; at < end; at++) values[at] |= content[base + at] << shift;
}

/** Takes the bytes of the log for its hash; a hash of Node's `crypto` fits. */
export interface LogHasher {
  update(bytes: Uint8Array): unknown;
}

/**
 * Returns an encoder of blocks. It keeps its buffers, so that a run's blocks do not each allocate them.
 * Called with the first `count` rows of `columns`; returns the sealed block. `hasher` is fed with each block's content (docs/recording.md, "The log's hash").
 */
export function createBlockEncoder(compressor: Compressor, hasher?: LogHasher): (columns: EventColumns, count: number) => Uint8Array {
  const content = new Uint8Array(CONTENT_BYTES_MAX);
  const view = new DataView(content.buffer);
  const order = new Uint32Array(BLOCK_EVENT_COUNT);
  const gathered = createGathered(BLOCK_EVENT_COUNT);

  return (columns, count) => {
    view.setUint32(0, count, true);
    content.set(columns.kind.subarray(0, count), 4);
    let offset = 4 + count;
    const { counts, starts } = groupByKind(columns.kind, count, order);
    const masks = new Uint8Array(KIND_COUNT * COLUMN_COUNT);
    for (let code = 0; code < KIND_COUNT; code++) {
      if (counts[code] === 0) continue;
      const start = starts[code];
      const groupMasks = masks.subarray(code * COLUMN_COUNT, (code + 1) * COLUMN_COUNT);
      gatherGroup(columns, order, start, start + counts[code], gathered, groupMasks);
      for (let c = 0; c < COLUMN_COUNT; c++) {
        view.setUint8(offset, groupMasks[c]);
        view.setUint32(offset + 1, columns[VALUE_COLUMNS[c]][order[start]], true);
        offset += GROUP_HEADER_BYTES;
      }
    }
    for (let byte = 0; byte < 4; byte++) {
      for (let c = 0; c < COLUMN_COUNT; c++) {
        for (let code = 0; code < KIND_COUNT; code++) {
          if ((masks[code * COLUMN_COUNT + c] & (1 << byte)) === 0) continue;
          writePlane(gathered[c], starts[code], starts[code] + counts[code], byte * 8, content, offset);
          offset += counts[code];
        }
      }
    }
    const filled = content.subarray(0, offset);
    hasher?.update(filled);
    return seal('block', filled, compressor);
  };
}

export interface DecodedBlock {
  readonly columns: EventColumns;
  readonly count: number;
}

/**
 * Returns a decoder of sealed blocks into `columns` where they are given and long enough (a block no longer needed), else into fresh ones. It keeps its own buffers.
 * Errors: `record.damaged`, `record.newer`.
 */
export function createBlockDecoder(compressor: Compressor): (sealed: Uint8Array, columns?: EventColumns) => Result<DecodedBlock> {
  const orderBuffer = new Uint32Array(BLOCK_EVENT_COUNT);
  const gathered = createGathered(BLOCK_EVENT_COUNT);
  return (sealed, columns) => decodeBlock(sealed, compressor, orderBuffer, gathered, columns);
}

function decodeBlock(sealed: Uint8Array, compressor: Compressor, orderBuffer: Uint32Array, gathered: Gathered, into?: EventColumns): Result<DecodedBlock> {
  const unsealed = unseal('block', sealed, compressor);
  if (!unsealed.ok) return unsealed;
  const content = unsealed.value;
  const cutShort = fail(damaged('block', 'its columns are cut short'));
  if (content.length < 4) return cutShort;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const count = view.getUint32(0, true);
  if (count > BLOCK_EVENT_COUNT || content.length < 4 + count) return cutShort;
  const columns = into !== undefined && into.kind.length >= count ? into : createColumns(count);
  columns.kind.set(content.subarray(4, 4 + count));
  let offset = 4 + count;
  const { counts, starts, order } = groupByKind(columns.kind, count, orderBuffer);

  const headers = offset;
  const codes: number[] = [];
  for (let code = 0; code < KIND_COUNT; code++) if (counts[code] > 0) codes.push(code);
  offset += codes.length * COLUMN_COUNT * GROUP_HEADER_BYTES;
  if (content.length < offset) return cutShort;

  /** Where each plane lies: by byte, column, kind. */
  const planes = new Int32Array(4 * COLUMN_COUNT * codes.length).fill(-1);
  const headerOf = (group: number, c: number): number => headers + (group * COLUMN_COUNT + c) * GROUP_HEADER_BYTES;
  for (let byte = 0; byte < 4; byte++) {
    for (let c = 0; c < COLUMN_COUNT; c++) {
      for (let group = 0; group < codes.length; group++) {
        if ((content[headerOf(group, c)] & (1 << byte)) === 0) continue;
        planes[(byte * COLUMN_COUNT + c) * codes.length + group] = offset;
        offset += counts[codes[group]];
      }
    }
  }
  if (offset !== content.length) return cutShort;

  for (let group = 0; group < codes.length; group++) {
    const start = starts[codes[group]];
    const end = start + counts[codes[group]];
    for (let c = 0; c < COLUMN_COUNT; c++) {
      const mask = content[headerOf(group, c)];
      const first = view.getInt32(headerOf(group, c) + 1, true);
      const values = gathered[c];
      values.fill(c === PAGE_COLUMN ? 0 : first & ~bytesOf(mask), start, end);
      for (let byte = 0; byte < 4; byte++) {
        const plane = planes[(byte * COLUMN_COUNT + c) * codes.length + group];
        if (plane >= 0) readPlane(content, plane, values, start, end, byte * 8);
      }
      if (c === PAGE_COLUMN) unfold(values, start, end, first);
    }
    scatterGroup(gathered, order, start, end, columns);
  }
  return ok({ columns, count });
}

const bytesOf = (mask: number): number => (mask & 1 ? 0xff : 0) | (mask & 2 ? 0xff00 : 0) | (mask & 4 ? 0xff0000 : 0) | (mask & 8 ? 0xff000000 : 0);

/** Turns folded differences back into pages, the first of which is `first`. */
function unfold(values: Int32Array, start: number, end: number, first: number): void {
  let page = first;
  for (let at = start; at < end; at++) {
    const folded = values[at];
    page = (page + ((folded >>> 1) ^ -(folded & 1))) | 0;
    values[at] = page;
  }
}
