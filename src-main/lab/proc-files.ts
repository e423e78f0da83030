import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import type { ImportedText } from '../../src-engine/formats/foreign-format.ts';
import { procScenario } from '../../src-engine/formats/proc-scenario.ts';
import { HOSTNAME_FILE } from '../../src-engine/formats/proc-set.ts';
import { type ProcSource, readProcSnapshot } from '../../src-engine/formats/proc-snapshot.ts';

/** Directories of one hierarchy that are looked at for their inode numbers. */
const CGROUP_COUNT_MAX = 100_000;

const refusal = (path: string, exception: unknown) => {
  const { code, message } = exception as NodeJS.ErrnoException;
  const place = { file: path };
  if (code === 'ENOENT' || code === 'ESRCH')
    return fail({
      code: 'proc-missing',
      message: `There is no ${path}.`,
      place,
      remedy: path.includes('kpage')
        ? 'kpagecgroup and kpageflags need CONFIG_PROC_PAGE_MONITOR and CONFIG_MEMCG'
        : 'check the number of the process; it may have ended',
    });
  if (code === 'EACCES' || code === 'EPERM')
    return fail({
      code: 'proc-not-permitted',
      message: `${path} may not be read by this user.`,
      place,
      remedy: 'run it as root (CAP_SYS_ADMIN, CAP_SYS_PTRACE)',
    });
  return fail({
    code: 'proc-not-readable',
    message: `${path} cannot be read: ${message}.`,
    place,
    remedy: 'run it as root on the machine itself, not in a container',
  });
};

/** Where the memory controller's hierarchy is mounted: version 1 where it has the controller, else version 2; null if it is nowhere. */
function memoryMount(): string | null {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const v1 = mounts.find(([, , type, options]) => type === 'cgroup' && (options ?? '').split(',').includes('memory'));
  return v1?.[1] ?? mounts.find(([, , type]) => type === 'cgroup2')?.[1] ?? null;
}

/** Inode and path of every cgroup, a line each. */
function cgroupLines(): string {
  const mount = memoryMount();
  if (mount === null) return '';
  const lines: string[] = [];
  const pending = [''];
  while (pending.length > 0 && lines.length < CGROUP_COUNT_MAX) {
    const path = pending.pop() ?? '';
    try {
      lines.push(`${statSync(join(mount, path)).ino} ${path}`);
      for (const entry of readdirSync(join(mount, path), { withFileTypes: true }))
        if (entry.isDirectory()) pending.push(path === '' ? entry.name : `${path}/${entry.name}`);
    } catch {
      // It went while we looked.
    }
  }
  return lines.join('\n');
}

/** The files of this machine's /proc, or of a directory that holds a saved set. Files stay open until `close`. */
export function procFiles(root: string): ProcSource & { close(): void } {
  const is_live = root === '/proc';
  const open = new Map<string, number>();
  return {
    text(path) {
      if (is_live && path === 'cgroups') return ok(cgroupLines());
      try {
        return ok(readFileSync(join(root, path), 'utf8'));
      } catch (exception) {
        return refusal(join(root, path), exception);
      }
    },
    bytes(path, offset, length) {
      const file = join(root, path);
      try {
        const descriptor = open.get(file) ?? openSync(file, 'r');
        open.set(file, descriptor);
        const bytes = new Uint8Array(length);
        const count = readSync(descriptor, bytes, 0, length, offset);
        return ok(bytes.subarray(0, count));
      } catch (exception) {
        return refusal(file, exception);
      }
    },
    size(path) {
      if (is_live) return null;
      try {
        const descriptor = openSync(join(root, path), 'r');
        const { size } = fstatSync(descriptor);
        closeSync(descriptor);
        return size;
      } catch {
        return null;
      }
    },
    close() {
      for (const descriptor of open.values()) closeSync(descriptor);
      open.clear();
    },
  };
}

/** A scenario of what processes of this machine share now. Errors: see readProcSnapshot and procScenario. */
export function readProcesses(pids: readonly number[]): Result<ImportedText> {
  const source = procFiles('/proc');
  try {
    const snapshot = readProcSnapshot(source, pids);
    return snapshot.ok ? procScenario(snapshot.value, { now_on: hostname() }) : snapshot;
  } finally {
    source.close();
  }
}

/**
 * Keeps what an import of processes reads in a directory, to be imported elsewhere: `pagemap` as the entries of the mappings only, `kpageflags` and `kpagecgroup` with holes where no page
 * was looked at. Answers the bytes written. Errors: see readProcSnapshot; the directory cannot be written.
 */
export function saveProcesses(pids: readonly number[], directory: string): Result<number> {
  const live = procFiles('/proc');
  const open = new Map<string, { readonly descriptor: number; at: number }>();
  let written = 0;
  const keep = (path: string, bytes: Uint8Array, offset: number | null): void => {
    const file = join(directory, path);
    let own = open.get(file);
    if (own === undefined) {
      mkdirSync(dirname(file), { recursive: true });
      own = { descriptor: openSync(file, 'w'), at: 0 };
      open.set(file, own);
    }
    written += writeSync(own.descriptor, bytes, 0, bytes.length, offset ?? own.at);
    own.at += bytes.length;
  };
  const source: ProcSource = {
    size: () => null,
    text(path) {
      const read = live.text(path);
      if (read.ok) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), read.value);
        written += Buffer.byteLength(read.value);
      }
      return read;
    },
    bytes(path, offset, length) {
      const read = live.bytes(path, offset, length);
      // Entries beyond a file's end are missing in the packed form, too: then it must be as long as the mappings.
      if (read.ok && path.endsWith('/pagemap')) {
        const whole = new Uint8Array(length);
        whole.set(read.value);
        keep(path, whole, null);
      } else if (read.ok) keep(path, read.value, offset);
      return read;
    },
  };
  try {
    const snapshot = readProcSnapshot(source, pids);
    if (snapshot.ok) source.text(HOSTNAME_FILE);
    return snapshot.ok ? ok(written) : snapshot;
  } catch (exception) {
    return fail({
      code: 'proc-not-saved',
      message: `The files cannot be written: ${(exception as Error).message}.`,
      place: { file: directory },
      remedy: 'give a directory that can be written',
    });
  } finally {
    for (const { descriptor } of open.values()) closeSync(descriptor);
    live.close();
  }
}
