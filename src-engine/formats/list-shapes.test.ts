import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CGROUPFS } from './cgroupfs.ts';
import { detectFormat, inputOf } from './detect.ts';
import { type ImportedText, unreadNotes } from './foreign-format.ts';
import { asMailed } from './test-mail.ts';

function read(text: string): ImportedText {
  const input = inputOf('mail.txt', new TextEncoder().encode(text));
  if (!input.ok) throw new Error(JSON.stringify(input.errors));
  const detected = detectFormat(input.value);
  if (!detected.ok || detected.value.kind !== 'scenario') throw new Error(JSON.stringify(detected));
  const result = detected.value.format.read(input.value);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
}

const text = (imported: ImportedText): string => imported.scenarios.map((scenario) => scenario.text).join('\n');
const HEAD = '             flags\tpage-count       MB  symbolic-flags\t\t\tlong-symbolic-flags';

describe('page-types', () => {
  // An article on madvise(MADV_COLLAPSE), 2022: before and after in one paste.
  it('two tables are two states, not their sum', () => {
    const imported = read(
      [
        HEAD,
        '0xa000010000005838\t       512        2  ___UDl_____Ma_b____________________f_____F_1\tuptodate,dirty,lru,mmap,anonymous,swapbacked',
        '             total\t       512        2',
        '',
        HEAD,
        '0x8000010000411800\t       511        1  ___________Ma___T_____t____________f_______1\tmmap,anonymous,compound_tail,thp',
        '0x800001000040d838\t         1        0  ___UDl_____Ma_bH______t____________f_______1\tuptodate,dirty,lru,mmap,anonymous,compound_head,thp',
        '             total\t       512        2',
      ].join('\n'),
    );
    expect(imported.slack).toEqual([]);
    expect(imported.lines.lines_not_understood).toBe(0);
    expect(imported.scenarios.map(({ name }) => name)).toEqual(['Pages as page-types has them (1)', 'Pages as page-types has them (2)']);
    expect(text(imported).match(/expect: \{ all-pages: \{ current: 2MiB \} \}/g)).toHaveLength(2);
  });

  // Notes on page-types -C on arm64 with 64 KiB pages.
  it('pages of 64 KiB, by the megabytes of the rows', () => {
    const imported = read(
      [
        HEAD,
        '0x0000000000000028\t       574       35  ___U_l_____________________________________\tuptodate,lru',
        '             total\t       574       35',
      ].join('\n'),
    );
    expect(text(imported)).toContain(`current: ${574 * 64}KiB`);
    expect(imported.notes[0]).toContain('pages of 64 KiB');
  });

  // Figo.zhang on linux-mm, June 2010: letters on lines of their own.
  it('rows that a mail program broke', () => {
    const imported = read(
      [
        '             flags\tpage-count       MB  symbolic-flags',
        'long-symbolic-flags',
        '0x0000000000000068\t        11        0',
        '___U_lA_____________________________\tuptodate,lru,active',
        '0x0000000000000000\t     16494       64',
        '__________________________________\t',
      ].join('\n'),
    );
    expect(imported.lines.lines_not_understood).toBe(0);
    expect(text(imported)).toContain('current: 44KiB');
  });
});

describe('page_owner', () => {
  // Vlastimil Babka on linux-mm, December 2015; Jeff Xie on linux-mm, 2024.
  it('page cache by __page_cache_alloc, anonymous memory by do_wp_page; the root pays', () => {
    const imported = read(
      [
        'Page allocated via order 0, mask 0x24213ca(GFP_HIGHUSER_MOVABLE|GFP_COLD)',
        'PFN 674308 type Movable Block 1317 type Movable Flags 0x1fffff80010068(uptodate|lru|active|mappedtodisk)',
        ' [<ffffffff8115bc46>] __page_cache_alloc+0xe6/0x120',
        ' [<ffffffff8115d5f8>] generic_file_read_iter+0x378/0x590',
        '',
        'Page allocated via order 0, mask 0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), pid 98, tgid 98 (a.out), ts 28442066180 ns',
        'PFN 0x2c3db type Movable Block 353 type Movable Flags 0x1fffc00000a0028(uptodate|lru|swapbacked)',
        ' vma_alloc_folio+0x5c/0xd0',
        ' do_wp_page+0x288/0xe30',
        'Charged to memcg / ',
      ].join('\n'),
    );
    expect(imported.lines.lines_not_understood).toBe(0);
    expect(text(imported)).toContain('unknown-files: { file: 4KiB }');
    expect(text(imported)).toContain('a.out-98: { in: . }');
  });
});

describe('page_owner in a mail', () => {
  it.each(['', '> '])('quoted and broken at spaces (lines go on with %j): the scenario of the text as it was', (again) => {
    const fixture = readFileSync(new URL('../../test/fixtures/imports/page-owner-sorted.txt', import.meta.url), 'utf8');
    const before = read(fixture);
    for (const width of [74, 72, 66]) {
      const mailed = read(asMailed(fixture, '> ', width, again));
      expect(mailed.scenarios, String(width)).toEqual(before.scenarios);
      expect(mailed.lines.not_understood, String(width)).toEqual([]);
    }
  });
});

describe('cache traces', () => {
  it('of blocks (MSR Cambridge): the offset is the object, not the name of the host', () => {
    const imported = read(['128166372003061629,hm,1,Read,383496192,32768,413', '128166372016382155,hm,1,Write,310983168,4096,703'].join('\n'));
    expect(text(imported)).toContain('objects: { file: 8KiB }');
    expect(imported.notes).toContainEqual(expect.stringContaining('block traces'));
  });
});

describe('cgroup files', () => {
  // kubernetes/kubernetes, issue 114142.
  it('a session of cat, with its directory by pwd', () => {
    const imported = read(
      [
        'sh-4.2$ pwd',
        '/sys/fs/cgroup/memory/kubepods/burstable/pod22697648',
        'sh-4.2$ cat memory.usage_in_bytes',
        '501346304',
        'sh-4.2$ cat memory.max_usage_in_bytes',
        '524292096',
        'sh-4.2$ cat memory.limit_in_bytes',
        '524288000',
      ].join('\n'),
    );
    expect(imported.lines.not_understood.map(({ line }) => line)).toEqual([1]);
    expect(text(imported)).toContain('  kubepods/burstable/pod22697648: { max: 500MiB }');
    // 501346304 bytes are charged, and no file says for what.
    expect(imported.slack).toMatchObject([{ what: expect.stringContaining('it has no memory.stat'), stated: 501_346_304, found: 0 }]);
  });

  it('with its directory in the prompt or in the name; where nothing tells, it is some cgroup', () => {
    const prompt = read('[k@nixos:/sys/fs/cgroup/a/b]$ cat memory.stat \nanon 8192\nfile 4096\n\n[k@nixos:/sys/fs/cgroup/a/b]$ ls\n');
    expect(text(prompt)).toContain('b: { in: a/b }');
    expect(text(read('# cat /sys/fs/cgroup/c/memory.max\n8388608\n'))).toContain('  c: { max: 8MiB }');
    expect(text(read('$ cat memory.max\n8388608\n$ cat memory.current\n4096\n'))).toContain('  cgroup: { max: 8MiB }');
  });
});

describe('files of a directory', () => {
  const file = (path: string, content: string) => ({ path, bytes: new TextEncoder().encode(content) });

  it('of version 1 with pages of 64 KiB: its greatest limit is none', () => {
    const read_files = CGROUPFS.read({
      name: '/tmp/copy/x',
      files: [file('memory.limit_in_bytes', '9223372036854710272\n'), file('memory.usage_in_bytes', '65536\n'), file('memory.stat', 'total_rss 65536\n')],
      text: null,
    });
    if (!read_files.ok) throw new Error(JSON.stringify(read_files.errors));
    expect(read_files.value.lines.lines_not_understood).toBe(0);
    expect(text(read_files.value)).toContain('  x: {}\n');
  });

  it('what could not be read is named', () => {
    expect(unreadNotes({ name: 'x', files: [], text: null, unread: ['a/memory.stat'] })).toEqual([
      '1 file was not read (no permission, gone, or a link): a/memory.stat',
    ]);
    expect(unreadNotes({ name: 'x', files: [], text: null, unread: ['a/memory.stat', 'b/'] })[0]).toMatch(/^2 files and directories were not read/);
    expect(unreadNotes({ name: 'x', files: [], text: null, unread: ['b/'] })[0]).toMatch(/^1 directory was not read/);
    expect(unreadNotes({ name: 'x', files: [], text: null })).toEqual([]);
  });
});
