import { describe, expect, test } from 'vitest';
import { parseTrace } from './traces.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Records of oracleGeneral; `next` is the number of the record that accesses the object again, −1 for none. */
function oracleGeneral(records: readonly { readonly object: bigint; readonly next: bigint }[]): Uint8Array {
  const bytes = new Uint8Array(records.length * 24);
  const view = new DataView(bytes.buffer);
  for (const [index, { object, next }] of records.entries()) {
    view.setUint32(index * 24, 1_700_000_000 + index, true);
    view.setBigUint64(index * 24 + 4, object, true);
    view.setUint32(index * 24 + 12, 4096, true);
    view.setBigInt64(index * 24 + 16, next, true);
  }
  return bytes;
}

describe('text', () => {
  test('one page number a line, with blank lines and comments', () => {
    expect(parseTrace(bytesOf('# made by hand\n3\r\n\n 1 \n3'))).toEqual({ ok: true, value: { pages: Uint32Array.of(3, 1, 3), page_count: 4 } });
  });

  test.each([
    ['', 'the trace is empty'],
    ['\n\n', 'the trace has no accesses'],
    ['1\nx\n', 'line 2 of the trace is not a page number'],
    ['1\n-2\n', 'line 2 of the trace is not a page number'],
    ['1 2\n', 'line 1 of the trace is not a page number'],
    ['1\n2.5\n', 'line 2 of the trace is not a page number'],
    ['99999999999999999999\n', 'line 1 of the trace has a page number that is too high'],
  ])('%j: %s', (text, message) => {
    const trace = parseTrace(bytesOf(text));
    expect(trace.ok ? '' : trace.errors[0]?.message).toBe(message);
  });
});

describe('oracleGeneral', () => {
  test('objects become pages in order of first appearance', () => {
    const bytes = oracleGeneral([
      { object: 900n, next: 2n },
      { object: 2n ** 63n, next: -1n },
      { object: 900n, next: 2n ** 63n - 1n },
      { object: 5n, next: -1n },
    ]);
    expect(parseTrace(bytes)).toEqual({ ok: true, value: { pages: Uint32Array.of(0, 1, 0, 2), page_count: 3 } });
  });

  test('a part of a buffer is read as that part', () => {
    const bytes = oracleGeneral([
      { object: 900n, next: -1n },
      { object: 7n, next: -1n },
    ]);
    expect(parseTrace(bytes.subarray(24))).toEqual({ ok: true, value: { pages: Uint32Array.of(0), page_count: 1 } });
  });

  test('a trace that is cut short, or of another format, is refused in one sentence', () => {
    const cut = parseTrace(oracleGeneral([{ object: 1n, next: -1n }]).subarray(0, 20));
    expect(cut.ok ? '' : cut.errors[0]?.message).toBe(
      'the trace is binary, and its 20 bytes are not whole records of 24 bytes: it is cut short or of another format',
    );
    const other = parseTrace(
      oracleGeneral([
        { object: 1n, next: 5n },
        { object: 1n, next: 0n },
      ]),
    );
    expect(other.ok ? '' : other.errors[0]?.message).toBe('record 1 of the trace is not of libCacheSim’s oracleGeneral: its next access lies behind it');
  });
});
