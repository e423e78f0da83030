import { describe, expect, it } from 'vitest';
import { traceFieldsAt } from './ftrace-fields.ts';
import { type ImportedTrace, importFtrace } from './ftrace-import.ts';
import { decodeTrace } from './ftrace-refusals.ts';
import { summariseRun } from './ftrace-summary.ts';
import { createRowSink } from './test-sink.ts';

function read(text: string) {
  const sink = createRowSink();
  const result = importFtrace(new TextEncoder().encode(text), { file: 'mail.txt', sink });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const [run] = result.value.runs;
  if (run === undefined) throw new Error('no run');
  return { trace: result.value as ImportedTrace, run, rows: sink.rows, summary: summariseRun(run), tasks: run.names.tasks };
}

const notUnderstood = ({ trace }: { readonly trace: ImportedTrace }): readonly number[] => trace.not_understood.map(({ line }) => line);

describe('traces as mails have them', () => {
  // Cong Wang on linux-kernel, January 2020: a value on a line of its own.
  it('a value that was broken from the name of its field', () => {
    const text = [
      '           <...>-455450 [007] .... 4048595.842992:',
      'mm_vmscan_memcg_reclaim_begin: order=0 may_writepage=1',
      'gfp_flags=GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE',
      'classzone_idx=',
      '4',
      '           <...>-455450 [007] .... 4048595.843012:',
      'mm_vmscan_memcg_reclaim_end: nr_reclaimed=0',
    ].join('\n');
    expect(notUnderstood(read(text))).toEqual([]);
    expect(traceFieldsAt(text.split('\n'), 1)?.fields.at(-1)).toEqual({ name: 'classzone_idx', value: '4' });
  });

  // Jan Kara’s answer in a raw mail of linux-mm, 2012, and Jaewon Kim’s, 2023.
  it('quoted-printable, with soft breaks in names and numbers', () => {
    const text = [
      'Content-Type: text/plain; charset=us-ascii',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '>  kswapd0-98      [001] ....   120.113060: mm_vmscan_lru_shrink_inactive: nid=3D0 nr_scanned=3D64 nr_reclaimed=3D6=',
      '3 nr_dirty=3D0 nr_writeback=3D0 nr_congested=3D0 nr_immediate=3D0 nr_activat=',
      'e_anon=3D0 nr_activate_file=3D1 nr_ref_keep=3D0 nr_unmap_fail=3D0 priority=',
      '=3D2 flags=3DRECLAIM_WB_FILE|RECLAIM_WB_ASYNC',
      '>=20',
      '> I think it works well.',
    ].join('\n');
    const { trace, summary, rows } = read(text);
    expect(trace).toMatchObject({ lines_total: 9, lines_used: 6, lines_not_understood: 3 });
    expect(trace.not_understood.at(-1)).toEqual({ line: 9, text: 'I think it works well.' });
    expect(rows).toContainEqual(expect.objectContaining({ kind: 'shrink_inactive', page: 4, a: 64, b: 63 }));
    expect(summary.nr_reclaimed).toBe(63);
    const decoded = decodeTrace(new TextEncoder().encode(text), 'mail.txt');
    const fields = 'text' in decoded ? traceFieldsAt(decoded.text.split('\n'), 4)?.fields : undefined;
    expect(fields).toContainEqual({ name: 'nr_activate_anon', value: '0' });
  });

  it('the mark of a code block after the longest line is no part of it', () => {
    const end = 'flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC';
    const text = ['```', `bash-16737 [010] .... 426414.8: mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=1 nr_reclaimed=1 priority=11 ${end}`, '```'].join(
      '\n',
    );
    expect(read(text).trace).toMatchObject({ lines_used: 3, lines_not_understood: 0 });
    expect(traceFieldsAt(text.split('\n'), 2)?.fields.at(-1)).toEqual({ name: 'flags', value: 'RECLAIM_WB_FILE|RECLAIM_WB_ASYNC' });
    // Words of a mail do not become its last value either.
    expect(notUnderstood(read(`${text.split('\n')[1]}\nThat is all.`))).toEqual([2]);
  });
});

describe('what stands before a task', () => {
  // Nils Holland’s netconsole on linux-mm, December 2016.
  it('is cut off where it is too long for a name', () => {
    const text = '2016-12-22 10:05:12 192.168.17.32:53062          kswapd0-32    [001] d...   461.757468: mm_vmscan_kswapd_wake: nid=0 order=0';
    expect(read(text).tasks).toContain('kswapd0-32');
    expect(read('node7: Jit thread pool-4435 [003] .N... 1.870354: mm_vmscan_direct_reclaim_end: nr_reclaimed=54').tasks).toContain('Jit thread pool-4435');
  });

  // A posting on dma-buf heaps, 2021, whose tool dropped the names.
  it('and a name that is missing is not known', () => {
    const { tasks, summary } = read(
      [
        '-5972    [006] ....  7971.248399: mm_vmscan_direct_reclaim_begin: order=4 gfp_flags=GFP_HIGHUSER|__GFP_ZERO    ',
        '-5972    [006] ....  7971.248922: mm_vmscan_direct_reclaim_end: nr_reclaimed=17',
      ].join('\n'),
    );
    expect(tasks).toContain('<...>-5972');
    expect(summary.passes).toBe(1);
  });
});

describe('shrinkers of older kernels', () => {
  // Yang Shi on linux-mm, November 2020 (4.14): no priority.
  it('without a priority are paired all the same', () => {
    const { rows, run } = read(
      [
        '<...>-409454 [016] .... 28286961.747146: mm_shrink_slab_start: super_cache_scan+0x0/0x1a0 ffff9a83046f3458:',
        'nid: 1 objects to shrink 3641681686040 gfp_flags GFP_HIGHUSER_MOVABLE|__GFP_ZERO pgs_scanned 1 lru_pgs 15721',
        'cache items 246404277 delta 31345 total_scan 123202138',
        '<...>-409454 [022] .... 28287105.928018: mm_shrink_slab_end: super_cache_scan+0x0/0x1a0 ffff9a83046f3458:',
        'nid: 1 unused scan count 3641681686040 new scan count 3641798379189 total_scan 602',
        'last shrinker return val 123186855',
      ].join('\n'),
    );
    expect(run.slack.ends_without_begin).toBe(0);
    expect(rows.filter(({ kind }) => kind.startsWith('shrink_slab'))).toMatchObject([{ kind: 'shrink_slab_end', a: 123_202_138 - 602, b: 123_186_855 }]);
  });

  // Vaibhav Shinde on linux-mm, December 2014 (3.10): no node, and more scanned than was asked for.
  it('without a node, whose total went below zero', () => {
    const { trace, rows } = read(
      [
        'kswapd0-67 [003] ...1  1501.987110: mm_shrink_slab_start:',
        'lowmem_shrink+0x0/0x580 c0ee8e34: objects to shrink 122 gfp_flags',
        'GFP_KERNEL pgs_scanned 83 lru_pgs 241753 cache items 241754 delta 10',
        'total_scan 132',
        'kswapd0-67 [003] ...1  1502.020827: mm_shrink_slab_end:',
        'lowmem_shrink+0x0/0x580 c0ee8e34: unused scan count 122 new scan count 4',
        'total_scan -118 last shrinker return val 237339',
      ].join('\n'),
    );
    expect(trace).toMatchObject({ lines_total: 7, lines_not_understood: 0 });
    expect(rows).toContainEqual(expect.objectContaining({ kind: 'shrink_slab_end', a: 250, b: 237_339 }));
  });
});
