import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, type LabError, ok, type Result } from '../base/result.ts';
import { createLineBook, type LineAccount, type LineBook, linesOf } from './import-lines.ts';

/** Where the files of /proc are read from: the machine's own, or a saved set of them. Paths are `PID/maps`, `PID/pagemap`, `PID/cgroup`, `PID/comm`, `kpageflags`, `kpagecgroup`, `cgroups`. */
export interface ProcSource {
  /** The whole of a small file. */
  text(path: string): Result<string>;
  /** Bytes from an offset on, fewer at the file's end. */
  bytes(path: string, offset: number, length: number): Result<Uint8Array>;
  /** Size of a saved file; null where the file has none, as those of /proc. */
  size(path: string): number | null;
}

/** Bits of /proc/kpageflags (include/uapi/linux/kernel-page-flags.h). */
export const KPF = { anon: 12, swapbacked: 14, compound_head: 15, compound_tail: 16, huge: 17, ksm: 21, zero_page: 24, reserved: 32 } as const;

/** One mapping of /proc/PID/maps with the pages of it that are present. */
export interface MappedRegion {
  /** Path, `[heap]`, or empty. */
  readonly label: string;
  /** `dev:inode` of the file; null for anonymous memory. */
  readonly file: string | null;
  /** Page of the file at which the mapping begins. */
  readonly offset_pages: number;
  /** Present pages: index in the mapping, and frame number; in the order of addresses. */
  readonly indexes: readonly number[];
  readonly frames: readonly number[];
}

export interface SnapshotProcess {
  readonly pid: number;
  readonly comm: string;
  /** Path in the hierarchy of the memory controller; null where it is not known. */
  readonly cgroup: string | null;
  readonly regions: readonly MappedRegion[];
  readonly swapped_pages: number;
}

/** What a machine's page tables say at one moment. */
export interface ProcSnapshot {
  readonly processes: readonly SnapshotProcess[];
  /** Flags by frame: bits as in KPF, of the head page where the frame is a tail. */
  readonly flags: ReadonlyMap<number, bigint>;
  /** Inode of the cgroup that is charged, by frame; 0: nobody. Of the head page where the frame is a tail. */
  readonly owners: ReadonlyMap<number, number>;
  /** Cgroup path by inode. */
  readonly cgroups: ReadonlyMap<number, string>;
  readonly lines: LineAccount;
}

const MAPS_LINE = /^([0-9a-f]+)-([0-9a-f]+) ([r-])([w-])([x-])([ps]) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;
const PRESENT = 1n << 63n;
const SWAPPED = 1n << 62n;
const FRAME_MASK = (1n << 55n) - 1n;
/** Pages of one process that are looked at: 256 GiB of address space. */
const MAPPED_PAGE_COUNT_MAX = 2 ** 26;
const READ_ENTRY_COUNT = 65_536;
const ENTRY_BYTES = 8;

interface MapsRange {
  readonly label: string;
  readonly file: string | null;
  readonly offset_pages: number;
  readonly from_page: number;
  readonly page_count: number;
}

function readMaps(text: string, book: LineBook, first_index: number): readonly MapsRange[] {
  const ranges: MapsRange[] = [];
  for (const [index, line] of linesOf(text).entries()) {
    const match = MAPS_LINE.exec(line.replace(/\r$/, ''));
    if (match === null) continue;
    const from = Number.parseInt(match[1] ?? '', 16);
    const to = Number.parseInt(match[2] ?? '', 16);
    book.use(first_index + index);
    // Addresses of the kernel's half (vsyscall) have no entry in pagemap.
    if (!(to > from) || to > 2 ** 52 || from % PAGE_SIZE_BYTES !== 0) continue;
    const inode = match[9] ?? '0';
    ranges.push({
      label: match[10] ?? '',
      file: inode === '0' ? null : `${match[8]}:${inode}`,
      offset_pages: Number.parseInt(match[7] ?? '0', 16) / PAGE_SIZE_BYTES,
      from_page: from / PAGE_SIZE_BYTES,
      page_count: (to - from) / PAGE_SIZE_BYTES,
    });
  }
  return ranges;
}

const entriesOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % ENTRY_BYTES));

interface ReadRegions {
  readonly regions: readonly MappedRegion[];
  readonly swapped_pages: number;
  /** A present page without a frame number: the reader may not see them. */
  readonly hidden: boolean;
}

function readPagemap(source: ProcSource, pid: string, ranges: readonly MapsRange[]): Result<ReadRegions> {
  const path = `${pid}/pagemap`;
  const page_count = ranges.reduce((sum, range) => sum + range.page_count, 0);
  // A saved pagemap may hold the entries of the mappings only, one after another.
  const packed = source.size(path) === page_count * ENTRY_BYTES;
  const regions: MappedRegion[] = [];
  let swapped_pages = 0;
  let hidden = false;
  let packed_at = 0;
  let left = MAPPED_PAGE_COUNT_MAX;
  for (const range of ranges) {
    const indexes: number[] = [];
    const frames: number[] = [];
    const count = Math.min(range.page_count, left);
    left -= count;
    for (let page = 0; page < count; page += READ_ENTRY_COUNT) {
      const from = (packed ? packed_at : range.from_page) + page;
      const read = source.bytes(path, from * ENTRY_BYTES, Math.min(READ_ENTRY_COUNT, count - page) * ENTRY_BYTES);
      if (!read.ok) return read;
      const view = entriesOf(read.value);
      for (let at = 0; at < view.byteLength; at += ENTRY_BYTES) {
        const entry = view.getBigUint64(at, true);
        if ((entry & SWAPPED) !== 0n) swapped_pages += 1;
        if ((entry & PRESENT) === 0n) continue;
        const frame = Number(entry & FRAME_MASK);
        if (frame === 0) hidden = true;
        else {
          indexes.push(page + at / ENTRY_BYTES);
          frames.push(frame);
        }
      }
    }
    packed_at += range.page_count;
    if (frames.length > 0) regions.push({ label: range.label, file: range.file, offset_pages: range.offset_pages, indexes, frames });
  }
  return ok({ regions, swapped_pages, hidden });
}

/** Entries of kpageflags or kpagecgroup, read in blocks and kept. A frame beyond the file's end reads as 0. */
function createFrameTable(source: ProcSource, path: string): { at(frame: number): bigint; error(): readonly LabError[] | null } {
  const BLOCK = 4096;
  const blocks = new Map<number, DataView>();
  let errors: readonly LabError[] | null = null;
  return {
    at(frame) {
      const number = Math.floor(frame / BLOCK);
      let view = blocks.get(number);
      if (view === undefined) {
        const read = errors === null ? source.bytes(path, number * BLOCK * ENTRY_BYTES, BLOCK * ENTRY_BYTES) : fail();
        if (!read.ok && errors === null) errors = read.errors;
        view = entriesOf(read.ok ? read.value : new Uint8Array());
        blocks.set(number, view);
      }
      const at = (frame % BLOCK) * ENTRY_BYTES;
      return at + ENTRY_BYTES <= view.byteLength ? view.getBigUint64(at, true) : 0n;
    },
    error: () => errors,
  };
}

const has = (flags: bigint, bit: number): boolean => ((flags >> BigInt(bit)) & 1n) === 1n;

/** Head page of a tail; the frame itself where it is none. Only a head says whose a large folio is. */
function headOf(frame: number, flags: { at(frame: number): bigint }): number {
  // The largest folio has 2^18 pages (a huge page of 1 GiB).
  for (let head = frame; head > frame - 2 ** 18 && head >= 0; head -= 1) if (!has(flags.at(head), KPF.compound_tail)) return head;
  return frame;
}

/** Lines of `cgroups`: inode and path of each, as `find /sys/fs/cgroup -type d -printf '%i %P\n'` prints them. */
function readCgroups(text: string): ReadonlyMap<number, string> {
  const paths = new Map<number, string>();
  for (const line of linesOf(text)) {
    const match = /^(\d+) ?(.*)$/.exec(line);
    if (match !== null) paths.set(Number(match[1]), `/${(match[2] ?? '').replace(/^\/+/, '')}`);
  }
  return paths;
}

/** Path of a process in the memory controller's hierarchy: of version 1 if that has it, else of version 2. */
export function memoryCgroupOf(text: string): string | null {
  let v2: string | null = null;
  for (const line of linesOf(text)) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    if ((match[2] ?? '').split(',').includes('memory')) return match[3] ?? null;
    if (match[1] === '0' && match[2] === '') v2 = match[3] ?? null;
  }
  return v2;
}

/** Reads what `pids` have mapped, and whose it is. Errors: a process is not there; the reader may not see frames, flags or owners. */
export function readProcSnapshot(source: ProcSource, pids: readonly number[]): Result<ProcSnapshot> {
  const maps_texts: string[] = [];
  for (const pid of pids) {
    const maps = source.text(`${pid}/maps`);
    if (!maps.ok) return maps;
    maps_texts.push(maps.value);
  }
  const all_lines = maps_texts.flatMap((text) => linesOf(text));
  const book = createLineBook(all_lines);
  const processes: SnapshotProcess[] = [];
  let first_index = 0;
  for (const [index, pid] of pids.entries()) {
    const text = maps_texts[index] ?? '';
    const ranges = readMaps(text, book, first_index);
    first_index += linesOf(text).length;
    const read = readPagemap(source, String(pid), ranges);
    if (!read.ok) return read;
    if (read.value.hidden)
      return fail({
        code: 'proc-frames-hidden',
        message: `/proc/${pid}/pagemap does not tell frame numbers to this user.`,
        remedy: 'run it as root: frame numbers need CAP_SYS_ADMIN in the machine’s first user namespace',
      });
    const comm = source.text(`${pid}/comm`);
    const cgroup = source.text(`${pid}/cgroup`);
    processes.push({
      pid,
      comm: comm.ok ? comm.value.trim() : 'task',
      cgroup: cgroup.ok ? memoryCgroupOf(cgroup.value) : null,
      regions: read.value.regions,
      swapped_pages: read.value.swapped_pages,
    });
  }

  const flag_table = createFrameTable(source, 'kpageflags');
  const owner_table = createFrameTable(source, 'kpagecgroup');
  const flags = new Map<number, bigint>();
  const owners = new Map<number, number>();
  const frames = new Set(processes.flatMap(({ regions }) => regions.flatMap((region) => region.frames)));
  for (const frame of [...frames].sort((x, y) => x - y)) {
    const head = headOf(frame, flag_table);
    const own = flag_table.at(frame);
    flags.set(frame, head === frame ? own : own | flag_table.at(head));
    owners.set(frame, Number(owner_table.at(head)));
  }
  const errors = flag_table.error() ?? owner_table.error();
  if (errors !== null) return fail(...errors);
  const cgroups = source.text('cgroups');
  return ok({ processes, flags, owners, cgroups: cgroups.ok ? readCgroups(cgroups.value) : new Map(), lines: book.account() });
}
