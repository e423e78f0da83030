import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';

const run = promisify(execFile);

/** A package, with its version (`=`) or the Debian release that it is taken from (`/`), as apt-get has it. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+~:-]+|\/[a-z][a-z0-9-]*)?$/;
/** Packages that a kernel's image or modules come in: a version follows, where a metapackage has a flavour. */
const KERNEL_PACKAGE = /^linux-(?:image|binary|modules)-\d/;
const DEPENDENCY_DEPTH = 3;
/** A release's package list is asked for again after a day. */
const LIST_AGE_MS = 24 * 3600_000;
/** Debian's releases are signed by keys of this package (debian-archive-keyring); apt's own keys serve where it is not there. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What must be downloaded for a kernel. */
export interface PackageNeeds {
  /** Packages with their versions. */
  readonly packages: readonly string[];
  readonly bytes: number;
}

/** Whether a text can be the name of a package. */
export const isPackage = (spec: string): boolean => PACKAGE.test(spec);

/** apt-get and apt-cache over the system's own sources, or over those of one release that the lab keeps beside them, so that the system's are not touched. */
interface Apt {
  call(command: 'apt-get' | 'apt-cache', words: readonly string[], cwd?: string): Promise<string>;
}

function aptWith(before: readonly string[]): Apt {
  return {
    async call(command, words, cwd) {
      const { stdout } = await run(command, [...before, ...words], {
        env: { ...process.env, LC_ALL: 'C' },
        maxBuffer: 2 ** 26,
        ...(cwd === undefined ? {} : { cwd }),
      });
      return stdout;
    },
  };
}

/** The mirror that the system has Debian from. */
async function mirror(): Promise<string> {
  const stdout = await aptWith([]).call('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian']);
  const [first] = stdout.split('\n');
  if (first === undefined || first === '') throw new Error('the system has no Debian mirror among its sources to take another release from');
  return first;
}

/** apt for one release of Debian. Its package list is fetched when there is none or an old one; where that fails an old one serves. */
async function aptOf(release: string | undefined, cache_dir: string): Promise<Apt> {
  if (release === undefined) return aptWith([]);
  const directory = join(cache_dir, 'apt', release);
  const [lists, sources] = [join(directory, 'lists'), join(directory, 'sources.list')];
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(directory, 'cache/archives/partial'), { recursive: true });
  const apt = aptWith(
    [
      `Dir::Etc::sourcelist=${sources}`,
      'Dir::Etc::sourceparts=-',
      `Dir::State::lists=${lists}`,
      `Dir::Cache=${join(directory, 'cache')}`,
      'Acquire::Languages=none',
      // Images for containers switch these off (apt.conf.d/docker-clean), and every call would read the whole list again.
      'Dir::Cache::pkgcache=pkgcache.bin',
      'Dir::Cache::srcpkgcache=srcpkgcache.bin',
      // The lab's cache is its user's own, which apt's user need not be able to read.
      'APT::Sandbox::User=',
    ].flatMap((option) => ['-o', option]),
  );
  const listed = namesIn(lists, /_Packages$/).map((name) => statSync(join(lists, name)).mtimeMs);
  const stamp = statSync(sources, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (listed.length > 0 && Date.now() - stamp < LIST_AGE_MS) return apt;
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  writeFileSync(sources, `deb ${signed}${await mirror()} ${release} main\n`);
  try {
    await apt.call('apt-get', ['update', '-qq', '--error-on=any']);
  } catch (exception) {
    if (listed.length > 0) return apt;
    rmSync(directory, { recursive: true, force: true });
    throw exception;
  }
  return apt;
}

const namesIn = (directory: string, pattern: RegExp): readonly string[] =>
  statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(directory)
        .filter((name) => pattern.test(name))
        .sort()
    : [];

/** A package as its release's list has it. */
interface ListedPackage {
  /** As apt-get download takes it. */
  readonly spec: string;
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
  /** Kernel packages that it depends on. */
  readonly depends: readonly string[];
}

interface Wanted {
  readonly apt: Apt;
  readonly packages: readonly ListedPackage[];
  /** Where they are unpacked. */
  readonly directory: string;
}

async function wantedOf(spec: string, cache_dir: string): Promise<Wanted> {
  const [name = '', release] = spec.split('/');
  const apt = await aptOf(release, cache_dir);
  const packages = await kernelPackages(apt, name);
  const directory = join(cache_dir, 'kernels', packages.map((wanted) => `${wanted.name}_${wanted.version.replaceAll(':', '%')}`).join('+'));
  return { apt, packages, directory };
}

/** What of a package's kernel must still be downloaded; null where it is in the cache. Errors: there is no such package, apt is missing. */
export async function packageNeeds(spec: string, cache_dir: string): Promise<Result<PackageNeeds | null>> {
  try {
    const { packages, directory } = await wantedOf(spec, cache_dir);
    if (existsSync(directory)) return ok(null);
    return ok({ packages: packages.map(({ name, version }) => `${name} ${version}`), bytes: packages.reduce((sum, { bytes }) => sum + bytes, 0) });
  } catch (exception) {
    return refused(spec, exception);
  }
}

/** The directory of a package's unpacked kernel, downloaded if it is not in the cache. Errors: there is no such package, apt is missing, or the download fails. */
export async function fetchPackage(spec: string, cache_dir: string): Promise<Result<string>> {
  try {
    const { apt, packages, directory } = await wantedOf(spec, cache_dir);
    const names = packages.map((wanted) => wanted.spec);
    if (!existsSync(directory)) await unpackPackages(apt, names, directory);
    return ok(directory);
  } catch (exception) {
    return refused(spec, exception);
  }
}

function refused(spec: string, exception: unknown): Result<never> {
  const { code, stderr } = exception as { readonly code?: unknown; readonly stderr?: string };
  const lines = (stderr ?? '').trim().split('\n');
  const reason = lines.find((line) => line.startsWith('E: ')) ?? (lines.at(-1) || (exception as Error).message);
  const missing = code === 'ENOENT';
  return fail({
    code: missing ? 'no-apt' : 'no-such-kernel',
    message: missing ? 'Packages are fetched with apt, which this system lacks.' : `The package ${spec} cannot be had: ${reason.replace(/^E: /, '')}`,
    remedy: missing
      ? 'give a bzImage or a directory instead; a package that was downloaded elsewhere becomes one with `dpkg-deb -x FILE.deb DIRECTORY`'
      : 'look for it with `apt-cache search linux-image` after `apt-get update`; name a release as in linux-image-cloud-amd64/trixie; or download it elsewhere, unpack it with `dpkg-deb -x FILE.deb DIRECTORY` and give the directory',
  });
}

/** The packages that hold a kernel's image and modules: the one named, or those that a metapackage or a split package depends on. */
async function kernelPackages(apt: Apt, spec: string): Promise<readonly ListedPackage[]> {
  const found = new Map<string, ListedPackage>();
  let level: readonly string[] = [spec];
  for (let depth = 0; depth <= DEPENDENCY_DEPTH && level.length > 0; depth++) {
    const listed = listedIn(await apt.call('apt-cache', ['show', '--no-all-versions', ...level]), level);
    for (const one of listed) found.set(one.name, one);
    level = [...new Set(listed.flatMap(({ depends }) => depends))].filter((name) => !found.has(name));
  }
  const all = [...found.values()];
  const kernels = all.filter(({ name }) => KERNEL_PACKAGE.test(name));
  return (kernels.length === 0 ? all : kernels).sort((x, y) => (x.name < y.name ? -1 : 1));
}

/** Reads what apt-cache shows of packages that were asked for by these names. */
export function listedIn(shown: string, asked: readonly string[]): readonly ListedPackage[] {
  return shown.split(/\n\n+/).flatMap((paragraph): readonly ListedPackage[] => {
    const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
    const name = field('Package');
    if (name === '') return [];
    const depends = [...field('Depends').matchAll(/(?:^|[,|] *)([a-z0-9][a-z0-9+.-]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((other) => KERNEL_PACKAGE.test(other));
    const spec = asked.find((one) => one.split('=')[0] === name) ?? name;
    return [{ spec, name, version: field('Version'), bytes: Number(field('Size')), depends }];
  });
}

/** Downloads and unpacks beside the place and moves it there when it is whole. */
async function unpackPackages(apt: Apt, names: readonly string[], directory: string): Promise<void> {
  mkdirSync(resolve(directory, '..'), { recursive: true });
  const scratch = mkdtempSync(`${directory}.part-`);
  try {
    await apt.call('apt-get', ['download', '-qq', ...names], scratch);
    for (const archive of namesIn(scratch, /\.deb$/)) {
      await run('dpkg-deb', ['-x', join(scratch, archive), scratch]);
      rmSync(join(scratch, archive));
    }
    if (!existsSync(directory)) renameSync(scratch, directory);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
