import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../src-main/store/database.ts';
import { must } from '../src-main/store/test-database.ts';

/**
 * Every kind of bad input that the lab must take well, through the command line as a user meets it: one clear sentence with place and remedy,
 * an exit code that is not 0, and nothing lost.
 */
const MAIN = fileURLToPath(new URL('../src-main/hosts/cli/main.ts', import.meta.url));
const FTRACE = readFileSync(new URL('./fixtures/ftrace-vmscan-6.12.txt', import.meta.url), 'utf8');
const NOBODY = 65_534;

const dir = mkdtempSync(join(tmpdir(), 'memledger-bad-'));
const db = join(dir, 'library.db');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly errors: readonly string[];
}

async function collect(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MEMLEDGER_DB: db } });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [exit] = await once(child, 'close');
  // On a busy machine a recording takes long enough for its progress to be told.
  return { exit, stdout, errors: stderr.split('\n').filter((line) => line !== '' && !/: \d+%, \d+ of \d+ steps?, /.test(line)) };
}

const memledger = (...args: readonly string[]): Promise<Ended> => collect(process.execPath, [MAIN, ...args]);

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

const SCENARIO = `memledger: 1
name: Good
containers: { A: { max: 8MiB } }
objects: { f: { file: 64MiB } }
tasks: { a: { in: A } }
steps:
  - { read: f, by: a }
`;
const scenario = (from: string, to: string): string => SCENARIO.replace(from, to);

beforeAll(async () => {
  expect(await memledger('run', file('good.yaml', SCENARIO))).toMatchObject({ exit: 0, errors: [] });
});

interface Case {
  readonly title: string;
  readonly name: string;
  readonly content: () => string | Uint8Array;
  /** Where the error lies: `line:column` in the file, or nothing for the file as a whole. */
  readonly at?: string;
  readonly says: RegExp;
}

const TEXTS: readonly Case[] = [
  {
    title: 'malformed YAML',
    name: 'malformed.yaml',
    content: () => scenario('{ read: f, by: a }', '{ read: f, by: a'),
    at: '\\d+:\\d+',
    says: /flow map|expected|end/i,
  },
  { title: 'an unknown verb', name: 'verb.yaml', content: () => scenario('read: f', 'raed: f'), at: '7:7', says: /unknown verb `raed`; did you mean `read`\?/ },
  {
    title: 'a size that overflows',
    name: 'overflow.yaml',
    content: () => scenario('file: 64MiB', 'file: 99999999999999999999GiB'),
    at: '4:23',
    says: /overflows/,
  },
  { title: '1 TiB of pages', name: 'tebibyte.yaml', content: () => scenario('file: 64MiB', 'file: 1TiB'), at: '\\d+:\\d+', says: /64GiB|more than/ },
  {
    title: '1 TiB of memory',
    name: 'memory.yaml',
    content: () => scenario('name: Good', 'name: Good\nmachine: { memory: 1TiB }'),
    at: '3:20',
    says: /1TiB is more than the 64GiB/,
  },
  {
    title: 'a cyclic repeat',
    name: 'cyclic.yaml',
    content: () => scenario('  - { read: f, by: a }', '  - &again { repeat: 2, steps: [ *again ] }'),
    at: '\\d+:\\d+',
    says: /alias|itself|cycl/i,
  },
  { title: 'a newer format', name: 'newer.yaml', content: () => scenario('memledger: 1', 'memledger: 2'), at: '1:\\d+', says: /newer/ },
  { title: 'an empty file', name: 'empty.yaml', content: () => '', says: /empty/ },
  { title: 'a binary file', name: 'binary.yaml', content: () => new Uint8Array(1000), says: /binary/ },
  { title: 'a file of 100 MB', name: 'large.yaml', content: () => Buffer.alloc(100_000_000, '# x\n'), says: /100,000,000 bytes/ },
];

const TRACES: readonly Case[] = [
  {
    title: 'trace-cmd’s binary',
    name: 'trace.dat',
    content: () => Buffer.concat([Buffer.from([0x17, 0x08, 0x44]), Buffer.from('tracing'), Buffer.alloc(500)]),
    says: /trace-cmd report/,
  },
  { title: 'another binary', name: 'noise.bin', content: () => Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 97) % 256)), says: /binary/ },
  { title: 'a compressed trace', name: 'trace.gz', content: () => gzipSync(FTRACE), says: /gunzip|gzip/ },
  {
    title: 'another tracer’s output',
    name: 'graph.txt',
    content: () => '# tracer: function_graph\n#\n 0)   0.123 us    |  kmem_cache_alloc();\n 1)               |  vfs_read() {\n',
    says: /function_graph/,
  },
  { title: 'a text that is no trace', name: 'prose.txt', content: () => 'Dear list,\nno trace here.\n', says: /ftrace/ },
  { title: 'an empty trace', name: 'empty.txt', content: () => '', says: /empty/ },
  { title: 'a trace cut in its first event', name: 'cut.txt', content: () => FTRACE.slice(0, FTRACE.indexOf('mm_vmscan') + 6), says: /./ },
];

/** One sentence: place, message, remedy. */
function expectOneSentence(ended: Ended, path: string, { at, says }: Pick<Case, 'at' | 'says'>): void {
  expect(ended.errors).toHaveLength(1);
  const [line = ''] = ended.errors;
  expect(line).toMatch(says);
  expect(line.startsWith(`memledger: ${path}:`), line).toBe(true);
  if (at !== undefined) expect(line.slice(`memledger: ${path}:`.length)).toMatch(new RegExp(`^${at}: `));
  expect(line, 'a remedy in brackets').toMatch(/\(.+\)$/);
  expect(line).not.toMatch(/\n|Error:|at .*\.ts:\d+/);
  expect(ended.exit).toBe(1);
}

async function expectNothingLost(): Promise<void> {
  const { stdout } = await memledger('list', '--json');
  const { scenarios, runs } = JSON.parse(stdout) as { readonly scenarios: readonly unknown[]; readonly runs: readonly unknown[] };
  expect(scenarios).toMatchObject([{ name: 'Good' }]);
  expect(runs).toMatchObject([{ status: 'complete' }]);
}

describe('scenarios', () => {
  it.each(TEXTS)('$title', async ({ name, content, ...expected }) => {
    const path = file(name, content());
    const ended = await memledger('run', path, '--json');
    expectOneSentence(ended, path, expected);
    expect(JSON.parse(ended.stdout)).toMatchObject({ errors: [{ message: expect.any(String), place: { file: path } }] });
    rmSync(path);
  });

  it('a file that is not there, and a directory', async () => {
    expectOneSentence(await memledger('run', join(dir, 'none.yaml')), join(dir, 'none.yaml'), { says: /no such file/ });
    expectOneSentence(await memledger('run', dir), dir, { says: /directory/ });
  });

  it('an unknown model, and a policy that there is not', async () => {
    const path = file('good.yaml', SCENARIO);
    const unknown = await memledger('run', path, '--model', 'statik');
    expect(unknown.errors).toHaveLength(1);
    expect(unknown.errors[0]).toMatch(/statik.*\(.*static.*\)$/);
    expect(unknown.exit).toBe(1);
    const refused = await memledger('run', path, '--model', 'static,sockets=tcp', '--no-store');
    expect(refused.errors).toEqual([expect.stringMatching(/^memledger: there is no policy `tcp` for sockets.*\(known: none, separate, unified\)$/)]);
    expect(refused.exit).toBe(1);
  });

  it('a step on an axis without accounting is none: it is carried out, and nobody is charged', async () => {
    const sockets = file(
      'sockets.yaml',
      scenario('file: 64MiB }', 'file: 64MiB }, c: { socket: tcp }').replace('read: f, by: a', 'send: c, by: a, size: 4KiB'),
    );
    expect((await memledger('run', sockets, '--no-store')).exit).toBe(0);
  });

  it('wrong arguments', async () => {
    for (const args of [['run'], ['nothing'], ['run', 'x.yaml', '--wrong'], ['finish', 'one'], ['compare', 'x.yaml', '--model', 'static']]) {
      const ended = await memledger(...args);
      expect(ended.exit, args.join(' ')).toBe(2);
      expect(ended.errors.length).toBeGreaterThan(0);
    }
  });

  it('a run that there is not', async () => {
    const ended = await memledger('finish', '99');
    expect(ended).toMatchObject({ exit: 1 });
    expect(ended.errors).toEqual(['memledger: There is no run 99. (list the runs with `memledger list`)']);
  });

  it('leaves the library as it was', expectNothingLost);
});

describe('traces', () => {
  it.each(TRACES)('$title', async ({ name, content, ...expected }) => {
    const path = file(name, content());
    expectOneSentence(await memledger('import', path), path, expected);
  });

  it('a trace that is cut or wrapped is read, and every line accounted for', async () => {
    const wrapped = FTRACE.split('\n').flatMap((line) => (line.startsWith('#') ? [line] : (line.match(/.{1,72}/g) ?? [''])));
    const texts = { 'cut.txt': FTRACE.slice(0, 60_000), 'wrapped.txt': wrapped.join('\n') };
    for (const [name, text] of Object.entries(texts)) {
      const { exit, stdout } = await memledger('import', file(name, text), '--json', '--db', join(dir, 'traces.db'));
      expect(exit).toBe(0);
      const report = JSON.parse(stdout) as { readonly lines_total: number; readonly lines_used: number; readonly lines_not_understood: number };
      expect(report.lines_used + report.lines_not_understood).toBe(report.lines_total);
    }
  });

  it('leaves the library as it was', expectNothingLost);
});

describe('databases, disks and ports', () => {
  it('a database of a newer version', async () => {
    const newer = join(dir, 'newer.db');
    const database = must(await openDatabase(newer));
    database.sqlite.pragma('user_version = 9999');
    database.close();
    expectOneSentence(await memledger('list', '--db', newer), newer, { says: /newer Memledger \(database version 9999/ });
  });

  it('a file that is no database, and one of another program', async () => {
    const text = file('text.db', 'just some text '.repeat(500));
    expectOneSentence(await memledger('list', '--db', text), text, { says: /not an SQLite database/ });
    expect(readFileSync(text, 'utf8')).toMatch(/^just some text/);
  });

  it('a directory that is not there', async () => {
    const path = join(dir, 'none/library.db');
    expectOneSentence(await memledger('list', '--db', path), path, { says: /does not exist/ });
  });

  it('a database that may not be written', async () => {
    const place = join(dir, 'read-only');
    mkdirSync(place);
    const path = join(place, 'library.db');
    copyFileSync(db, path);
    chmodSync(path, 0o444);
    chmodSync(place, 0o555);
    // To root nothing is read-only: then somebody else tries.
    const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    chmodSync(dir, 0o755);
    const ended = await collect(process.execPath, [MAIN, 'list', '--db', path], identity);
    chmodSync(place, 0o755);
    expectOneSentence(ended, path, { says: /cannot be (written|opened)/ });
  });

  it('a disk that is full: what was recorded is kept, and the run can be finished', async () => {
    const full = join(dir, 'full.db');
    const thrash = file('thrash.yaml', scenario('read: f, by: a', 'workload: uniform, over: f, by: a, accesses: 200000'));
    // A limit on the size of files stands in for the disk's end.
    const limited = 'ulimit -f 700; exec "$0" "$@"';
    const ended = await collect('bash', ['-c', limited, process.execPath, MAIN, 'run', thrash, '--db', full]);
    expect(ended.exit).toBe(1);
    expect(ended.errors.at(-1)).toMatch(/The disk that holds .*full\.db is full\. \(free some space, then finish the run/);
    const database = must(await openDatabase(full));
    expect(database.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    const finished = await memledger('finish', '1', '--db', full, '--json');
    expect(finished.exit).toBe(0);
    const whole = await memledger('run', thrash, '--no-store', '--json');
    const hashOf = ({ stdout }: Ended): unknown => {
      const parsed = JSON.parse(stdout) as { readonly log_sha256?: string; readonly runs?: readonly { readonly log_sha256: string }[] };
      return parsed.log_sha256 ?? parsed.runs?.[0]?.log_sha256;
    };
    expect(hashOf(finished)).toBe(hashOf(whole));
  });

  it('a disk that is full: a file of somebody else’s is not opened, and nothing is left of it', async () => {
    const magic = [0x89, 0x4d, 0x4c, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
    const theirs = file('theirs.memledger', Buffer.concat([Uint8Array.from(magic), Buffer.alloc(4 * 2 ** 20)]));
    const library = join(dir, 'narrow.db');
    const limited = 'ulimit -f 2000; exec "$0" "$@"';
    const ended = await collect('bash', ['-c', limited, process.execPath, MAIN, 'serve', theirs, '--no-open', '--port', '0', '--db', library]);
    expect(ended.exit).toBe(1);
    expect(ended.errors).toEqual([expect.stringMatching(/The disk that holds .*narrow\.db is full\. \(free some space\)$/)]);
    expect(existsSync(`${library}.handover`)).toBe(false);
  });

  it.runIf(existsSync(new URL('../dist/renderer/index.html', import.meta.url)))('a port in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ended = await memledger('serve', '--no-open', '--port', String(port), '--db', join(dir, 'serve.db'));
    taken.close();
    expect(ended.exit).toBe(1);
    expect(ended.errors).toEqual([`memledger: Port ${port} is in use. (give another one with --port, or --port 0 for any free one)`]);
  });

  it('leaves the library as it was', expectNothingLost);
});
