import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';

const SOURCES_DIR = fileURLToPath(new URL('./guest/', import.meta.url));
const FLAGS = ['-Os', '-static', '-s', '-Wall', '-Wextra', '-std=gnu11'];

/** Compilers that may make a static x86-64 program, best first. */
const compilers = (): readonly string[] => [...(process.env.CC === undefined ? [] : [process.env.CC]), 'x86_64-linux-gnu-gcc', 'cc', 'gcc', 'clang'];

function versionOf(compiler: string): string | undefined {
  try {
    return execFileSync(compiler, ['--version', '-v'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/**
 * The guest's program: built when it is first needed and kept under the hash of its sources, flags and compiler. Errors: there is no compiler, or it fails.
 */
export function buildGuest(cache_dir: string): Result<string> {
  const compiler = compilers().find((name) => versionOf(name) !== undefined);
  if (compiler === undefined) {
    return fail({
      code: 'no-compiler',
      message: 'The guest’s program is built with a C compiler when it is first needed, and none was found.',
      remedy: 'install one: `apt-get install gcc libc6-dev`, or set CC',
    });
  }
  const sources = readdirSync(SOURCES_DIR)
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify([compiler, versionOf(compiler), FLAGS]));
  for (const name of sources) hash.update(name).update(readFileSync(join(SOURCES_DIR, name)));
  const program = join(cache_dir, `guest-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return ok(program);
  try {
    mkdirSync(cache_dir, { recursive: true });
    const part = `${program}.${process.pid}`;
    const units = sources.filter((name) => name.endsWith('.c')).map((name) => join(SOURCES_DIR, name));
    execFileSync(compiler, [...FLAGS, '-o', part, ...units], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    renameSync(part, program);
    return ok(program);
  } catch (exception) {
    const said = (exception as { readonly stderr?: string }).stderr?.trim().split('\n').at(-1) ?? (exception as Error).message;
    return fail({
      code: 'guest-not-built',
      message: `The guest’s program could not be built with ${compiler}: ${said}`,
      remedy: 'it needs a compiler for x86-64 with a static C library (`apt-get install gcc libc6-dev`); CC names another compiler',
    });
  }
}
