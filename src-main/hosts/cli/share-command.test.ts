import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** `share`, `open` and `export` as a user has them; the formats themselves are tested in src-main/lab. */
const MEMLEDGER = fileURLToPath(new URL('../../../bin/memledger.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'memledger-share-'));
const at = (name: string): string => join(dir, name);

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function memledger(library: string, ...args: readonly string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MEMLEDGER, ...args, '--db', at(library)]);
    return { exit: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Omit<Ended, 'exit'> & { readonly code: unknown };
    if (typeof code !== 'number') throw error;
    return { exit: code, stdout, stderr };
  }
}

beforeAll(async () => {
  const text = `memledger: 1
name: Two readers
containers: { A: { max: 1MiB }, B: {} }
objects: { f: { file: 2MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: f, by: a }
  - { sample: first }
  - { read: f, by: b }
  - { sample: second }
models: [static, rss]
`;
  writeFileSync(at('two.yaml'), text);
  expect((await memledger('theirs.db', 'compare', at('two.yaml'))).exit).toBe(0);
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('memledger share and open', () => {
  it('write a file that says what it holds, and is kept only when that is asked, once', async () => {
    expect((await memledger('theirs.db', 'share', '2', '1', '--output', at('two.memledger'))).exit).toBe(0);
    await memledger('theirs.db', 'share', '1', '2', '--output', at('again.memledger'));
    expect(Buffer.compare(readFileSync(at('two.memledger')), readFileSync(at('again.memledger')))).toBe(0);

    const told = await memledger('ours.db', 'open', at('two.memledger'));
    expect(told.stdout).toContain('--keep would add to the library: 1 scenario, 2 runs');
    expect(JSON.parse((await memledger('ours.db', 'list', '--json')).stdout).runs).toEqual([]);
    expect((await memledger('two.memledger', 'show', '1')).stdout).toMatch(/^rss: 1,039 events/);

    expect((await memledger('ours.db', 'open', at('two.memledger'), '--keep')).exit).toBe(0);
    expect(JSON.parse((await memledger('ours.db', 'list', '--json')).stdout).runs).toHaveLength(2);
    const again = JSON.parse((await memledger('ours.db', 'open', at('two.memledger'), '--json')).stdout);
    expect(again.would_keep).toMatchObject({ runs_added: 0, runs_present: 2, scenarios_added: 0 });
  }, 60_000);

  it('refuse what is no such file, or is cut off in its contents, in words', async () => {
    const none = await memledger('ours.db', 'open', at('two.yaml'));
    expect(none.exit).not.toBe(0);
    expect(none.stderr).toMatch(/^memledger: .*two\.yaml/);
    writeFileSync(at('cut.memledger'), readFileSync(at('two.memledger')));
    truncateSync(at('cut.memledger'), 60);
    const cut = await memledger('ours.db', 'open', at('cut.memledger'));
    expect(cut.exit).not.toBe(0);
    expect(cut.stderr).toMatch(/^memledger: .*cut\.memledger/);
  }, 60_000);
});

describe('memledger export', () => {
  it('writes a report that fits a mailing list', async () => {
    const { stdout, exit } = await memledger('theirs.db', 'export', '1', '2', '--format', 'text');
    expect(exit).toBe(0);
    expect(stdout).toContain('Two readers');
    for (const line of stdout.split('\n')) expect(line).toMatch(/^[\x20-\x7e]{0,72}$/);
  }, 60_000);

  it.each([
    ['yaml', 'two-again.yaml', /^memledger: 1\nname: Two readers\n/],
    ['html', 'two.html', /^<!doctype html>/i],
  ])(
    'writes %s to a file',
    async (format, name, content) => {
      expect((await memledger('theirs.db', 'export', '1', '--format', format, '--output', at(name))).exit).toBe(0);
      const text = readFileSync(at(name), 'utf8');
      expect(text).toMatch(content);
      expect(text).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    },
    60_000,
  );
});
