import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { fetchPackage, isPackage, type PackageNeeds, packageNeeds } from './kernel-packages.ts';

/** A kernel to boot. */
export interface KernelFiles {
  /** What the user called it. */
  readonly spec: string;
  readonly image: string;
  /** Directory with the kernel's modules somewhere below it; null where it has none (everything needed is built in). */
  readonly modules_dir: string | null;
}

/** Where unpacked kernels and the guest's built program are kept: $XDG_CACHE_HOME/memledger, else ~/.cache/memledger. */
export function kernelCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const cache_home = env.XDG_CACHE_HOME !== undefined && env.XDG_CACHE_HOME !== '' ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(cache_home, 'memledger');
}

/**
 * Finds a kernel: `bzImage` or `bzImage,MODULES-DIRECTORY`; a directory that holds an image and modules (an unpacked package, a build tree); or the name of a
 * Debian package (`NAME`, `NAME=VERSION`, `NAME/RELEASE`), which is downloaded with apt and unpacked into the cache, never installed. Errors: there is no such thing; apt is missing or refuses.
 */
export async function findKernel(spec: string, cache_dir: string = kernelCacheDir()): Promise<Result<KernelFiles>> {
  const [path = '', modules] = spec.split(',');
  const found = resolve(path);
  if (existsSync(found)) return kernelAtPath(spec, found, modules);
  if (isPackage(path)) {
    const directory = await fetchPackage(path, cache_dir);
    return directory.ok ? kernelAtPath(spec, directory.value, undefined) : directory;
  }
  return noSuchKernel(spec);
}

const noSuchKernel = (spec: string): Result<never> =>
  fail({
    code: 'no-such-kernel',
    message: `There is no kernel ${spec}.`,
    remedy:
      'give a bzImage (with `,MODULES-DIRECTORY` where it has modules), a directory, or the name of a Debian package such as linux-image-cloud-amd64 or linux-image-cloud-amd64/trixie',
  });

/** What has to be downloaded before a kernel can be booted; null where it is at hand. Downloads nothing but a release’s package list where that is asked for. Errors: as findKernel. */
export async function kernelNeeds(spec: string, cache_dir: string = kernelCacheDir()): Promise<Result<PackageNeeds | null>> {
  const [path = ''] = spec.split(',');
  if (existsSync(resolve(path)) || !isPackage(path)) {
    const found = await findKernel(spec, cache_dir);
    return found.ok ? ok(null) : found;
  }
  return packageNeeds(path, cache_dir);
}

function kernelAtPath(spec: string, path: string, modules: string | undefined): Result<KernelFiles> {
  if (modules !== undefined && !isDirectory(modules)) {
    return fail({
      code: 'no-such-kernel',
      message: `There is no directory of modules ${modules}.`,
      remedy: 'give the directory that `make modules_install` filled',
    });
  }
  const modules_dir = modules === undefined ? null : resolve(modules);
  if (!isDirectory(path)) return ok({ spec, image: path, modules_dir });
  const image = imageIn(path);
  if (image === undefined) {
    return fail({
      code: 'no-such-kernel',
      message: `The directory ${path} holds no kernel image.`,
      remedy: 'it must hold vmlinuz, boot/vmlinuz-*, or arch/x86/boot/bzImage',
    });
  }
  return ok({ spec, image, modules_dir: modules_dir ?? path });
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The image in an unpacked package or a build tree; of several the last by name. */
function imageIn(directory: string): string | undefined {
  const built = ['arch/x86/boot/bzImage', 'bzImage', 'vmlinuz'].map((name) => join(directory, name)).find((path) => existsSync(path));
  if (built !== undefined) return built;
  const named = [join(directory, 'boot'), directory].flatMap((at) => namesIn(at, /^vmlinuz-/).map((name) => join(at, name)));
  const beside = ['usr/lib/modules', 'lib/modules'].flatMap((at) =>
    namesIn(join(directory, at), /./)
      .map((release) => join(directory, at, release, 'vmlinuz'))
      .filter((path) => existsSync(path)),
  );
  return [...named, ...beside].at(-1);
}

const namesIn = (directory: string, pattern: RegExp): readonly string[] =>
  isDirectory(directory)
    ? readdirSync(directory)
        .filter((name) => pattern.test(name))
        .sort()
    : [];
