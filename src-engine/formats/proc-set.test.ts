import { describe, expect, it } from 'vitest';
import { programOf } from '../scenario/test-scenario.ts';
import { simulate } from '../simulate.ts';
import { detectFormat, inputOf } from './detect.ts';
import type { ImportFile, ImportInput } from './foreign-format.ts';
import { KPF } from './proc-snapshot.ts';

/** A machine of a few frames: two processes in two containers, which share a library and, by a fork, anonymous memory. */
const PRESENT = 1n << 63n;
const encoder = new TextEncoder();
const entries = (values: readonly bigint[]): Uint8Array => new Uint8Array(new BigUint64Array(values).buffer);
const at = (frames: readonly (number | null)[]): Uint8Array => entries(frames.map((frame) => (frame === null ? 0n : PRESENT | BigInt(frame))));
const bit = (...bits: readonly number[]): bigint => bits.reduce((flags, one) => flags | (1n << BigInt(one)), 0n);

const LIB = '7f0000000000-7f0000003000 r-xp 00000000 08:01 99                         /usr/lib/libc.so.6';
const HEAP = '550000000000-550000004000 rw-p 00000000 00:00 0                          [heap]';
const VDSO = '7fff00000000-7fff00001000 r-xp 00000000 00:00 0                          [vdso]';

/** Frames 1 to 3 are the library's, 4 and 5 shared by the fork, 6 and 7 private, 8 the kernel's; 9 and 10 a huge page's head and tail. */
const FLAGS: readonly bigint[] = [
  0n,
  bit(5, 11),
  bit(5, 11),
  bit(5, 11),
  bit(KPF.anon, KPF.swapbacked),
  bit(KPF.anon, KPF.swapbacked),
  bit(KPF.anon, KPF.swapbacked),
  bit(KPF.anon, KPF.swapbacked),
  bit(KPF.reserved),
  bit(KPF.anon, KPF.compound_head),
  bit(KPF.compound_tail),
];
const OWNERS: readonly bigint[] = [0n, 20n, 30n, 30n, 20n, 20n, 20n, 30n, 0n, 20n, 0n];

const file = (path: string, content: string | Uint8Array): ImportFile => ({ path, bytes: typeof content === 'string' ? encoder.encode(content) : content });
const SET: readonly ImportFile[] = [
  file('set/7/maps', `${HEAP}\n${LIB}\n${VDSO}\nbroken line\n`),
  file('set/7/pagemap', at([4, 5, 6, null, 1, 2, null, 8])),
  file('set/7/cgroup', '4:cpu:/x\n0::/pods/a\n'),
  file('set/7/comm', 'web\n'),
  file('set/8/maps', `${HEAP}\n${LIB}\n`),
  file('set/8/pagemap', at([4, 5, 7, 10, 1, 2, 3])),
  file('set/8/cgroup', '0::/pods/b\n'),
  file('set/8/comm', 'batch\n'),
  file('set/kpageflags', entries(FLAGS)),
  file('set/kpagecgroup', entries(OWNERS)),
  file('set/cgroups', '20 pods/a\n30 pods/b\n'),
];

function read(input: ImportInput) {
  const detected = detectFormat(input);
  if (!detected.ok || detected.value.kind !== 'scenario') throw new Error(JSON.stringify(detected));
  const imported = detected.value.format.read(input);
  if (!imported.ok) throw new Error(JSON.stringify(imported.errors));
  return { ...imported.value, format: detected.value.format.id };
}

describe('a saved set of /proc', () => {
  const { format, lines, notes, scenarios } = read({ name: 'set', files: SET, text: null });
  const text = scenarios[0]?.text ?? '';

  it('counts the lines of maps, and leaves out what is the kernel’s', () => {
    expect({ format, ...lines }).toMatchObject({ format: 'proc-pages', lines_total: 6, lines_used: 5, not_understood: [{ line: 4, text: 'broken line' }] });
    expect(notes).toContain('1 page of [vdso] is left out: it is the kernel’s own, or the zero page');
  });

  it('lets the owner touch first, and a fork share what is shared', () => {
    expect(text).toContain('{ fork: ancestor-of-web-7, as: batch-8, in: pods/b }');
    const first = text.indexOf('peek: batch-8-libc.so.6, by: batch-8, range: 4KiB..12KiB');
    const second = text.indexOf('peek: web-7-libc.so.6, by: web-7, range: 4KiB..8KiB');
    expect([first > 0, second > first]).toEqual([true, true]);
    // The tail of a huge page is its head's owner's: the process has it from another container than its own.
    expect(text).toContain('{ move: batch-8, to: pods/a }');
  });

  it('gives under memcg-v2 exactly what the kernel has charged', () => {
    const outcome = simulate(programOf(text), 'memcg-v2', { seal: (columns) => columns, sample: () => undefined });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
    const { expectations } = outcome.value.summary;
    expect(expectations.filter(({ held }) => !held)).toEqual([]);
    const current = Object.fromEntries(expectations.filter(({ counter }) => counter === 'current').map(({ path, actual }) => [path, actual / 4096]));
    expect(current).toEqual({ 'pods/a': 5, 'pods/b': 3, pods: 8 });
  });

  it('is named after what was shared, on which machine, or in which set', () => {
    const nameOf = (files: readonly ImportFile[]): string | undefined =>
      /^name: "?(.*?)"?$/m.exec(read({ name: 'dir/psave/', files, text: null }).scenarios[0]?.text ?? '')?.[1];
    expect(nameOf(SET)).toBe('What 2 processes shared (saved in psave)');
    expect(nameOf([...SET, file('set/sys/kernel/hostname', 'build-3\n')])).toBe('What 2 processes shared on build-3');
    expect(nameOf(SET.filter(({ path }) => !path.startsWith('set/8/')))).toBe('What web shared (saved in psave)');
  });

  it('reads the same from a tar archive', () => {
    const block = (bytes: Uint8Array): Uint8Array => {
      const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
      padded.set(bytes);
      return padded;
    };
    const header = (path: string, size: number): Uint8Array => {
      const head = new Uint8Array(512);
      head.set(encoder.encode(path), 0);
      head.set(encoder.encode(size.toString(8).padStart(11, '0')), 124);
      head.set(encoder.encode('0'), 156);
      head.set(encoder.encode('ustar\u000000'), 257);
      head.fill(32, 148, 156);
      const sum = head.reduce((total, byte) => total + byte, 0);
      head.set(encoder.encode(`${sum.toString(8).padStart(6, '0')}\u0000 `), 148);
      return head;
    };
    const pieces = [...SET.flatMap(({ path, bytes }) => [header(path, bytes.length), block(bytes)]), new Uint8Array(1024)];
    const tar = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let offset = 0;
    for (const piece of pieces) {
      tar.set(piece, offset);
      offset += piece.length;
    }
    const input = inputOf('set', tar);
    if (!input.ok) throw new Error(JSON.stringify(input.errors));
    expect(read(input.value).scenarios[0]?.text).toBe(text);
  });

  it('says what is missing', () => {
    const without = SET.filter(({ path }) => path !== 'set/kpagecgroup');
    const detected = detectFormat({ name: 'set', files: without, text: null });
    const imported = detected.ok && detected.value.kind === 'scenario' ? detected.value.format.read({ name: 'set', files: without, text: null }) : null;
    expect(imported).toMatchObject({ ok: false, errors: [{ code: 'proc-missing', message: 'There is no set/kpagecgroup in set.' }] });
  });
});
