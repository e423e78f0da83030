import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { must, temporaryDirectory } from '../store/test-database.ts';
import { buildGuest } from './guest-build.ts';
import { initramfs } from './initramfs.ts';
import { nameKernels } from './kernel-lab.ts';
import { isPackage, listedIn } from './kernel-packages.ts';
import { findKernel } from './kernel-source.ts';
import { modulesFor } from './modules.ts';

/** The names, modes and contents of a cpio archive, read by the format's description and not by our writer. */
function entriesOf(archive: Uint8Array): readonly (readonly [name: string, mode: number, text: string])[] {
  const entries: (readonly [string, number, string])[] = [];
  const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;
  for (let offset = 0; offset < archive.length; ) {
    const field = (index: number): number => Number.parseInt(Buffer.from(archive.slice(offset + 6 + index * 8, offset + 14 + index * 8)).toString(), 16);
    expect(Buffer.from(archive.slice(offset, offset + 6)).toString()).toBe('070701');
    const [mode, size, name_size] = [field(1), field(6), field(11)];
    const name = Buffer.from(archive.slice(offset + 110, offset + 110 + name_size - 1)).toString();
    const data = aligned(offset + 110 + name_size);
    if (name === 'TRAILER!!!') return entries;
    entries.push([name, mode, Buffer.from(archive.slice(data, data + size)).toString()]);
    offset = aligned(data + size);
  }
  throw new Error('an archive without an end');
}

describe('the initramfs', () => {
  const files = [
    { path: 'init', mode: 0o755, bytes: Buffer.from('program') },
    { path: 'modules/ext4.ko', mode: 0o600, bytes: Buffer.from('m') },
  ];
  test('holds every file, and the directories before what lies in them', () => {
    expect(entriesOf(gunzipSync(initramfs(files)))).toEqual([
      ['modules', 0o040755, ''],
      ['init', 0o100755, 'program'],
      ['modules/ext4.ko', 0o100600, 'm'],
    ]);
  });
  test('is the same bytes each time', () => expect(Buffer.compare(initramfs(files), initramfs(files))).toBe(0));
});

describe('modules', () => {
  const module = (name: string, depends: string, rest = ''): Buffer => Buffer.from(`\x7fELF\0name=${name}\0depends=${depends}\0${rest}\0`);
  test('come after what they depend on, by either spelling; those that are not there are taken to be built in', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'kernel/fs'), { recursive: true });
    writeFileSync(join(directory, 'kernel/fs/ext4.ko'), module('ext4', 'jbd2,crc-16', 'softdep=pre: crc32c\0'));
    writeFileSync(join(directory, 'kernel/jbd2.ko'), module('jbd2', ''));
    writeFileSync(join(directory, 'kernel/crc_16.ko'), module('crc_16', ''));
    writeFileSync(join(directory, 'kernel/crc32c.ko'), module('crc32c', 'jbd2'));
    const found = must(modulesFor(directory, ['virtio_blk', 'ext4']));
    expect(found.map(({ name }) => name)).toEqual(['jbd2', 'crc_16', 'crc32c', 'ext4']);
  });
  test('are unpacked', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'a.ko'), module('a', ''));
    execFileSync('gzip', [join(directory, 'a.ko')]);
    expect(Buffer.from(must(modulesFor(directory, ['a']))[0]?.bytes ?? []).toString()).toContain('name=a');
  });
});

describe('a kernel', () => {
  test('is found as a file, with its modules, or in a directory', async () => {
    const directory = temporaryDirectory();
    const image = join(directory, 'bzImage');
    writeFileSync(image, 'kernel');
    mkdirSync(join(directory, 'mods'));
    expect(must(await findKernel(image))).toEqual({ spec: image, image, modules_dir: null });
    expect(must(await findKernel(`${image},${join(directory, 'mods')}`))).toMatchObject({ image, modules_dir: join(directory, 'mods') });
    expect(must(await findKernel(directory))).toMatchObject({ image, modules_dir: directory });
  });
  test('in an unpacked package is the newest image of it', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'boot'));
    for (const name of ['config-6.1', 'vmlinuz-6.1']) writeFileSync(join(directory, 'boot', name), '');
    expect(must(await findKernel(directory)).image).toBe(join(directory, 'boot/vmlinuz-6.1'));
  });
  test('that is not there is refused', async () => {
    const empty = temporaryDirectory();
    for (const spec of [empty, join(empty, 'none'), 'No Such Kernel'])
      expect(await findKernel(spec, empty)).toMatchObject({ ok: false, errors: [{ code: 'no-such-kernel' }] });
  });
  test('is named by its release, and by what the user called it where two say the same', () => {
    const nameOf = nameKernels();
    const before = { spec: 'before/bzImage', image: '/x/before/bzImage' };
    const after = { spec: 'after/bzImage', image: '/x/after/bzImage' };
    expect([nameOf(before, '6.9.0'), nameOf(after, '6.9.0'), nameOf(before, '6.9.0'), nameOf(after, '6.10.0')]).toEqual([
      'linux 6.9.0',
      'linux 6.9.0 (after/bzImage)',
      'linux 6.9.0',
      'linux 6.10.0',
    ]);
  });
});

describe('packages as apt-cache shows them', () => {
  const SHOWN = `Package: linux-image-7.2-cloud
Version: 7.2-1
Depends: kmod | busybox, linux-binary-7.2-cloud (= 7.2-1), linux-modules-7.2-cloud
Size: 100
Description: x
 Package: not-one

Package: linux-image-cloud
Version: 1:7.2-1
Depends: linux-image-7.2-cloud
Size: 1
`;
  test('have a version, a size and the kernel packages that they depend on', () => {
    expect(listedIn(SHOWN, ['linux-image-cloud=1:7.2-1'])).toEqual([
      {
        spec: 'linux-image-7.2-cloud',
        name: 'linux-image-7.2-cloud',
        version: '7.2-1',
        bytes: 100,
        depends: ['linux-binary-7.2-cloud', 'linux-modules-7.2-cloud'],
      },
      { spec: 'linux-image-cloud=1:7.2-1', name: 'linux-image-cloud', version: '1:7.2-1', bytes: 1, depends: ['linux-image-7.2-cloud'] },
    ]);
  });
  test('are named plainly, by version or by release', () => {
    const names = ['linux-image-cloud-amd64', 'linux-image-6.1=6.1.1-1', 'linux-image-cloud-amd64/trixie', 'a/b/c', '/boot/vmlinuz', 'Up', 'x/-y'];
    expect(names.map(isPackage)).toEqual([true, true, true, false, false, false, false]);
  });
});

describe('the guest’s program', () => {
  test('is built once and the same each time', () => {
    const [first, second] = [temporaryDirectory(), temporaryDirectory()].map((directory) => ({ directory, built: buildGuest(directory) }));
    if (first?.built.ok !== true && first?.built.errors[0]?.code === 'no-compiler') return;
    const [one, two] = [must(first?.built ?? buildGuest('')), must(second?.built ?? buildGuest(''))];
    expect(Buffer.compare(readFileSync(one), readFileSync(two))).toBe(0);
    expect(must(buildGuest(first?.directory ?? ''))).toBe(one);
  });
});
