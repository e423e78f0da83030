import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';

/** A kernel module, ready to be loaded. */
export interface KernelModule {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const FILE = /^(.+)\.ko(\.xz|\.gz|\.zst)?$/;
/** Names of modules in files have dashes or underscores at will. */
const plain = (name: string): string => name.replaceAll('-', '_');

/** Module files below a directory by name. */
function moduleFiles(modules_dir: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(modules_dir, { recursive: true, withFileTypes: true })) {
    const name = entry.isDirectory() ? undefined : FILE.exec(entry.name)?.[1];
    if (name !== undefined) found.set(plain(name), join(entry.parentPath, entry.name));
  }
  return found;
}

function unpack(path: string): Uint8Array {
  if (path.endsWith('.xz')) return execFileSync('xz', ['-dc', path], { maxBuffer: 2 ** 28 });
  const bytes = readFileSync(path);
  if (path.endsWith('.gz')) return gunzipSync(bytes);
  return path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
}

/** Fields of a module's .modinfo section, which holds `key=value` texts ended by zeros. */
function infoOf(bytes: Uint8Array, key: string): readonly string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  // The zero before it keeps the key from being found within another word.
  return [...text.matchAll(new RegExp(`\\0${key}=([^\\0]*)\\0`, 'g'))].flatMap((match) => (match[1] ?? '').split(/[ ,]+/)).filter((name) => name !== '');
}

/**
 * The modules of `names` that exist below `modules_dir`, with all that they depend on, each after its dependencies. One that does not exist is taken to be built in: the guest finds out.
 * Errors: a module cannot be read or unpacked.
 */
export function modulesFor(modules_dir: string | null, names: readonly string[]): Result<readonly KernelModule[]> {
  if (modules_dir === null) return ok([]);
  try {
    const files = moduleFiles(modules_dir);
    const modules: KernelModule[] = [];
    const seen = new Set<string>();
    const visit = (name: string): void => {
      const path = files.get(plain(name));
      if (path === undefined || seen.has(plain(name))) return;
      seen.add(plain(name));
      const bytes = unpack(path);
      const before = infoOf(bytes, 'softdep').filter((word) => word !== 'pre:' && word !== 'post:');
      for (const dependency of [...infoOf(bytes, 'depends'), ...before]) visit(dependency);
      modules.push({ name: plain(name), bytes });
    };
    for (const name of names) visit(name);
    return ok(modules);
  } catch (exception) {
    return fail({
      code: 'module-not-readable',
      message: `A module below ${modules_dir} cannot be read: ${(exception as Error).message}.`,
      remedy: 'compressed modules need `xz`',
    });
  }
}
