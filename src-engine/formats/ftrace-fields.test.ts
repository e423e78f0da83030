import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { traceFieldsAt } from './ftrace-fields.ts';
import { importFtrace } from './ftrace-import.ts';
import { createRowSink } from './test-sink.ts';

const at = (text: string, line: number) => traceFieldsAt(text.split('\n'), line);

describe('traceFieldsAt', () => {
  it('gives every field of an event, of those that the lab does not know too', () => {
    const text = '   kswapd0-51 [001] d..2.   9.124685: mm_new_thing: nid=0 fancy_field=0x20 flags=A|B reason=because of it\n';
    expect(at(text, 1)).toEqual({
      event: 'mm_new_thing',
      line: 1,
      line_count: 1,
      task: 'kswapd0-51',
      cpu: 1,
      flags: 'd..2.',
      fields: [
        { name: 'nid', value: '0' },
        { name: 'fancy_field', value: '0x20' },
        { name: 'flags', value: 'A|B' },
        { name: 'reason', value: 'because' },
      ],
      rest: 'of it',
    });
    expect(at(text, 2)).toBeNull();
  });

  it('keeps the prose of tracepoints that have no fields', () => {
    const text =
      ' init-84 [000] ..... 3.1: mm_shrink_slab_end: super_cache_scan+0x0/0x1a0 00000000: nid: 0 unused scan count 1 new scan count 2 total_scan 1 last shrinker return val 0';
    expect(at(text, 1)).toMatchObject({ fields: [], rest: expect.stringMatching(/^super_cache_scan.* return val 0$/) });
  });

  it('joins what a mail broke into lines', () => {
    const text =
      '> init-84 [000] ..... 3.2: mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=32\n> nr_reclaimed=31 priority=7 flags=RECLAIM_WB_FILE\n> init-84 [000] ..... 3.3: kfree: ptr=0x1';
    expect(at(text, 1)).toMatchObject({ line_count: 2, rest: '' });
    expect(at(text, 1)?.fields.map(({ name }) => name)).toEqual(['nid', 'nr_scanned', 'nr_reclaimed', 'priority', 'flags']);
    expect(at(text, 2)).toBeNull();
  });

  it('finds the fields of every event that the import counts', () => {
    const text = readFileSync(new URL('../../test/fixtures/ftrace-families.txt', import.meta.url), 'utf8');
    const imported = importFtrace(text, { file: 'families', sink: createRowSink() });
    if (!imported.ok) throw new Error(imported.errors[0].message);
    const lines = text.split('\n');
    const counts = new Map<string, number>();
    for (const line of lines.keys()) {
      const found = traceFieldsAt(lines, line + 1);
      if (found !== null && found.event !== '') counts.set(found.event, (counts.get(found.event) ?? 0) + 1);
    }
    for (const { event, count } of imported.value.runs[0]?.events ?? []) expect([event, counts.get(event)]).toEqual([event, count]);
  });
});
