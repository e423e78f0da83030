import { formatCount } from '../base/figures.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { LIMITS } from './limits.ts';

/** Accesses of a trace file as page indexes, and how many pages they need. */
export interface Trace {
  readonly pages: Uint32Array;
  /** One more than the highest index. */
  readonly page_count: number;
}

/** Bytes of one record of libCacheSim's oracleGeneral: u32 time, u64 object, u32 size, i64 next access; little endian, packed. */
const RECORD_BYTES = 24;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const HASH = 35;
const LINE_FEED = 10;
/** The highest page index that any object of the lab can have. */
const PAGE_INDEX_MAX = LIMITS.object_page_count - 1;

const isBlank = (byte: number): boolean => byte === LINE_FEED || byte === 13 || byte === 32 || byte === 9;

/** Text has printable bytes only; every record of the binary form has zero bytes in its size field. */
function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4096).every((byte) => isBlank(byte) || (byte > 31 && byte !== 127));
}

function parseText(bytes: Uint8Array): Result<Trace> {
  const pages = new Uint32Array(Math.floor(bytes.length / 2) + 1);
  let count = 0;
  let highest = -1;
  let line = 1;
  let at = 0;
  const refuse = (message: string): Result<Trace> =>
    fail({
      code: 'bad-trace',
      message: `line ${line} of the trace ${message}`,
      remedy: `a text trace has one page number a line, from 0 to ${PAGE_INDEX_MAX}; lines that begin with # are skipped`,
    });
  while (at < bytes.length) {
    while (at < bytes.length && isBlank(bytes[at] ?? 0)) {
      if (bytes[at] === LINE_FEED) line += 1;
      at += 1;
    }
    if (at === bytes.length) break;
    if (bytes[at] === HASH) {
      while (at < bytes.length && bytes[at] !== LINE_FEED) at += 1;
      continue;
    }
    let page = 0;
    const start = at;
    for (let byte = bytes[at] ?? 0; at < bytes.length && byte >= DIGIT_0 && byte <= DIGIT_9; byte = bytes[at] ?? 0) {
      page = Math.min(page * 10 + byte - DIGIT_0, PAGE_INDEX_MAX + 1);
      at += 1;
    }
    let after = at;
    while (after < bytes.length && bytes[after] !== LINE_FEED && isBlank(bytes[after] ?? 0)) after += 1;
    if (at === start || (after < bytes.length && bytes[after] !== LINE_FEED)) return refuse('is not a page number');
    if (page > PAGE_INDEX_MAX) return refuse('has a page number that is too high');
    pages[count] = page;
    count += 1;
    if (page > highest) highest = page;
  }
  if (count === 0) return fail({ code: 'bad-trace', message: 'the trace has no accesses', remedy: 'give a trace with at least one page number' });
  return ok({ pages: pages.slice(0, count), page_count: highest + 1 });
}

function parseOracleGeneral(bytes: Uint8Array): Result<Trace> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / RECORD_BYTES;
  const pages = new Uint32Array(count);
  const index_by_object = new Map<bigint, number>();
  for (let record = 0; record < count; record += 1) {
    const at = record * RECORD_BYTES;
    const next_access = view.getBigInt64(at + 16, true);
    // The record's number of the next access lies ahead of it; −1 or the highest number say that there is none.
    if (next_access < -1n || (next_access >= 0n && next_access <= BigInt(record))) {
      return fail({
        code: 'bad-trace',
        message: `record ${record} of the trace is not of libCacheSim’s oracleGeneral: its next access lies behind it`,
        remedy: 'give an uncompressed oracleGeneral trace, or a text of page numbers',
      });
    }
    const object = view.getBigUint64(at + 4, true);
    let page = index_by_object.get(object);
    if (page === undefined) {
      page = index_by_object.size;
      if (page > PAGE_INDEX_MAX) return fail({ code: 'bad-trace', message: `the trace has more than ${PAGE_INDEX_MAX + 1} objects`, remedy: 'cut the trace' });
      index_by_object.set(object, page);
    }
    pages[record] = page;
  }
  return ok({ pages, page_count: index_by_object.size });
}

/**
 * Reads a trace: libCacheSim's oracleGeneral (its objects numbered in order of first appearance) or text with one page number a line; told apart by content.
 * Errors (`bad-trace`): empty, cut short, or neither of the two.
 */
export function parseTrace(bytes: Uint8Array): Result<Trace> {
  if (bytes.length === 0) return fail({ code: 'bad-trace', message: 'the trace is empty', remedy: 'give a trace with at least one access' });
  if (bytes.length > LIMITS.trace_bytes)
    return fail({
      code: 'bad-trace',
      message: `the trace has ${formatCount(bytes.length)} bytes, more than the ${formatCount(LIMITS.trace_bytes)} that the lab reads`,
      remedy: 'cut the trace',
    });
  if (looksLikeText(bytes)) return parseText(bytes);
  if (bytes.length % RECORD_BYTES !== 0) {
    const message = `the trace is binary, and its ${formatCount(bytes.length)} bytes are not whole records of ${RECORD_BYTES} bytes: it is cut short or of another format`;
    return fail({ code: 'bad-trace', message, remedy: 'give a whole, uncompressed oracleGeneral trace, or a text of page numbers' });
  }
  return parseOracleGeneral(bytes);
}
