import { gzipSync } from 'node:zlib';

/** A file of an initramfs. */
export interface ArchiveFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

const DIRECTORY_MODE = 0o040755;
const FILE_TYPE = 0o100000;
const ALIGNMENT = 4;

/** Header of the "new ASCII" cpio format (Documentation/driver-api/early-userspace/buffer-format.rst): thirteen numbers of eight hexadecimal digits. */
function header(inode: number, mode: number, size: number, name_size: number): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0];
  return Buffer.from(`070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`);
}

const padding = (length: number): Buffer => Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);

/** A gzipped cpio archive, the same bytes for the same files. Directories are made as files need them. */
export function initramfs(files: readonly ArchiveFile[]): Uint8Array {
  const parts: Buffer[] = [];
  let inode = 1;
  const add = (path: string, mode: number, bytes: Uint8Array): void => {
    const name = Buffer.from(`${path}\0`);
    const head = Buffer.concat([header(inode++, mode, bytes.length, name.length), name]);
    parts.push(head, padding(head.length), Buffer.from(bytes), padding(bytes.length));
  };
  const directories = new Set(
    files.flatMap(({ path }) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, depth, names) => names.slice(0, depth + 1).join('/')),
    ),
  );
  for (const directory of [...directories].sort()) add(directory, DIRECTORY_MODE, new Uint8Array());
  for (const { path, mode, bytes } of files) add(path, FILE_TYPE | mode, bytes);
  add('TRAILER!!!', 0, new Uint8Array());
  return gzipSync(Buffer.concat(parts), { level: 1 });
}
