import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { initramfs } from './initramfs.ts';
import type { KernelFiles } from './kernel-source.ts';
import { modulesFor } from './modules.ts';
import type { GuestPlan } from './plan.ts';
import type { Machine } from './qemu.ts';

/** What the kernel and the initramfs need beside what the scenario's machine has. */
const SPARE_MEMORY_BYTES = 256 * 2 ** 20;
const MIB = 2 ** 20;
const TRACE_DISK_BYTES = 4 * 2 ** 30;
/** A pattern is read in pieces of this many bytes. */
const PATTERN_ALIGNMENT_BYTES = 8192;

const DISK_MODULES = ['virtio_pci', 'virtio_blk', 'crc32c_generic', 'crc32c', 'ext4'];
const SWAP_MODULES = ['lzo_rle', 'zram'];

/** Files of one boot, in a directory of their own that goes with it. */
export interface BootDirectory {
  readonly machine: Machine;
  /** Text that the guest wrote to its trace disk. */
  trace(from: number, bytes: number): Uint8Array;
  remove(): void;
}

function makeDisk(path: string, bytes: number): void {
  writeFileSync(path, '');
  truncateSync(path, Math.ceil(bytes / MIB) * MIB);
  // No journal: its writes would stand between the steps. Blocks of a page: of smaller ones each page of the cache keeps four buffer heads. Nothing is left for the
  // kernel to initialise in the background.
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', '-m', '0', '-O', '^has_journal', '-E', 'lazy_itable_init=0,nodiscard', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Makes everything that a boot needs. Errors: a module cannot be read, mke2fs is missing, the disk is full. */
export function prepareBoot(kernel: KernelFiles, plan: GuestPlan, guest: string, accel: Machine['accel']): Result<BootDirectory> {
  const modules = modulesFor(kernel.modules_dir, [...DISK_MODULES, ...(plan.swap_bytes > 0 ? SWAP_MODULES : [])]);
  if (!modules.ok) return modules;
  const directory = mkdtempSync(join(tmpdir(), 'memledger-kernel-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const [disk = '', patterns = '', trace = '', archive = ''] = ['disk', 'patterns', 'trace', 'initramfs'].map((name) => join(directory, name));
  try {
    makeDisk(disk, plan.disk_bytes);
    const { buffer, byteOffset, byteLength } = plan.patterns;
    writeFileSync(patterns, new Uint8Array(buffer, byteOffset, byteLength));
    truncateSync(patterns, Math.max(1, Math.ceil(byteLength / PATTERN_ALIGNMENT_BYTES)) * PATTERN_ALIGNMENT_BYTES);
    writeFileSync(trace, '');
    truncateSync(trace, TRACE_DISK_BYTES);
    const program = ['version 1', ...modules.value.map(({ name }) => `module /modules/${name}.ko`), ...plan.lines, ''].join('\n');
    const files = [
      { path: 'init', mode: 0o755, bytes: readFileSync(guest) },
      { path: 'program', mode: 0o600, bytes: Buffer.from(program) },
      ...modules.value.map(({ name, bytes }) => ({ path: `modules/${name}.ko`, mode: 0o600, bytes })),
    ];
    writeFileSync(archive, initramfs(files));
  } catch (exception) {
    remove();
    const missing = (exception as NodeJS.ErrnoException).code === 'ENOENT';
    return fail({
      code: 'guest-not-prepared',
      message: `The guest’s disks could not be made: ${(exception as Error).message}.`,
      remedy: missing ? 'install what makes them: `apt-get install e2fsprogs`' : 'make room in the directory for temporary files, or set TMPDIR',
    });
  }
  // The nodes come beside the memory of the machine, which is then the first node's: the kernel lives there, and what no container pays for.
  const node_mib = plan.node_bytes.map((bytes) => Math.ceil(bytes / MIB));
  return ok({
    machine: {
      image: kernel.image,
      initramfs: archive,
      disks: [disk, patterns, trace],
      console: join(directory, 'console'),
      memory_mib: Math.ceil((plan.memory_bytes + SPARE_MEMORY_BYTES) / MIB) + node_mib.reduce((sum, size) => sum + size, 0),
      node_mib,
      cpu_count: plan.cpu_count,
      accel,
    },
    trace: (from, bytes) => pieceOf(trace, from, bytes),
    remove,
  });
}

function pieceOf(path: string, from: number, bytes: number): Uint8Array {
  const piece = new Uint8Array(bytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, piece, 0, bytes, from);
  } finally {
    closeSync(file);
  }
  return piece;
}
