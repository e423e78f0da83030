import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';

const run = promisify(execFile);

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

const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+~:-]+)?$/;
/** Packages that a kernel's image or modules come in: a version follows, where a metapackage has a flavour. */
const KERNEL_PACKAGE = /^linux-(?:image|binary|modules)-\d/;
const DEPENDENCY_DEPTH = 3;

/**
 * Finds a kernel: `bzImage` or `bzImage,MODULES-DIRECTORY`; a directory that holds an image and modules (an unpacked package, a build tree); or the name of a
 * Debian package, which is downloaded with apt and unpacked into the cache, never installed. Errors: there is no such thing; apt is missing or refuses.
 */
export async function findKernel(spec: string, cache_dir: string = kernelCacheDir()): Promise<Result<KernelFiles>> {
  const [path = '', modules] = spec.split(',');
  const found = resolve(path);
  if (existsSync(found)) return kernelAtPath(spec, found, modules);
  if (!path.includes('/') && PACKAGE.test(path)) return kernelOfPackage(path, join(cache_dir, 'kernels'));
  return fail({
    code: 'no-such-kernel',
    message: `There is no kernel ${spec}.`,
    remedy: 'give a bzImage (with `,MODULES-DIRECTORY` where it has modules), a directory, or the name of a Debian package such as linux-image-cloud-amd64',
  });
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

async function kernelOfPackage(spec: string, kernels_dir: string): Promise<Result<KernelFiles>> {
  try {
    const names = await kernelPackages(spec);
    const versions = await Promise.all(names.map(candidateOf));
    const directory = join(kernels_dir, names.map((name, index) => `${basename(name.split('=')[0] ?? '')}_${versions[index]}`).join('+'));
    if (!existsSync(directory)) await unpackPackages(names, directory);
    return kernelAtPath(spec, directory, undefined);
  } catch (exception) {
    const reason = (exception as { readonly stderr?: string }).stderr?.trim().split('\n').at(-1) ?? (exception as Error).message;
    const missing = (exception as NodeJS.ErrnoException).code === 'ENOENT';
    return fail({
      code: missing ? 'no-apt' : 'no-such-kernel',
      message: missing ? 'Packages are fetched with apt, which this system lacks.' : `The package ${spec} cannot be had: ${reason}`,
      remedy: missing ? 'give a bzImage or a directory instead' : 'look for it with `apt-cache search linux-image`, after `apt-get update`',
    });
  }
}

/** The packages that hold a kernel's image and modules: the one named, or those that a metapackage or a split package depends on. */
async function kernelPackages(spec: string): Promise<readonly string[]> {
  const wanted = new Set<string>();
  const follow = async (name: string, depth: number): Promise<void> => {
    const plain = name.split('=')[0] ?? name;
    if (KERNEL_PACKAGE.test(plain)) wanted.add(name);
    if (depth === 0) return;
    const { stdout } = await run('apt-cache', [
      'depends',
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      plain,
    ]);
    const below = [...stdout.matchAll(/^ [ |]Depends: (\S+)/gm)].map((match) => match[1] ?? '').filter((dependency) => KERNEL_PACKAGE.test(dependency));
    for (const dependency of below) if (!wanted.has(dependency)) await follow(dependency, depth - 1);
  };
  await follow(spec, DEPENDENCY_DEPTH);
  return wanted.size === 0 ? [spec] : [...wanted].sort();
}

async function candidateOf(name: string): Promise<string> {
  const [plain = '', version] = name.split('=');
  if (version !== undefined) return version.replaceAll(':', '%');
  const { stdout } = await run('apt-cache', ['policy', plain], { env: { ...process.env, LC_ALL: 'C' } });
  return (/Candidate: (\S+)/.exec(stdout)?.[1] ?? 'unknown').replaceAll(':', '%');
}

/** Downloads and unpacks beside the place and moves it there when it is whole. */
async function unpackPackages(names: readonly string[], directory: string): Promise<void> {
  mkdirSync(resolve(directory, '..'), { recursive: true });
  const scratch = mkdtempSync(`${directory}.part-`);
  try {
    await run('apt-get', ['download', '-qq', ...names], { cwd: scratch });
    for (const archive of namesIn(scratch, /\.deb$/)) {
      await run('dpkg-deb', ['-x', join(scratch, archive), scratch]);
      rmSync(join(scratch, archive));
    }
    if (!existsSync(directory)) renameSync(scratch, directory);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
