import type { Result } from '../base/result.ts';
import { compileScenario } from './compile.ts';
import { parseScenario } from './parse.ts';
import type { Program } from './program.ts';

/** The example that defines the language: every verb and every kind of object. */
export const EVERY_VERB = `memledger: 1                       # format version, always the first key
name: Who pays for a shared file?
about: B reads what A brought in; A's limit then pushes it out.
seed: 1                            # optional; default 1
machine: { memory: 512MiB, cpus: 1, page: 4KiB, swap: 0 }
containers:                        # paths nest as in cgroupfs; a missing parent is created
  A: { max: 24MiB }
  B: {}
objects:
  shared: { file: 8MiB }           # page cache of a file on disk
  stream: { file: 64MiB }
  scratch: { tmpfs: 8MiB }         # also tmpfs with \`charge-to: <container>\`
  dentry: { slab: 192, per-page: 21, shrinkable: true }
  conn: { socket: tcp }
tasks:
  a: { in: A }
  b: { in: B }
steps:
  - { start: b2, in: B }                         # tasks may also start here: user: 1000, memlock: 8MiB, cpu: 0
  - { read: shared, by: a }                      # whole object; or range: 0..4MiB
  - { sample: a-owns }                           # names this moment; every counter of every container
  - { write: scratch, by: a, range: 0..4MiB }    # files also take sync: true (clean after writing)
  - { alloc: heap, by: a, size: 16MiB }          # anonymous; \`shared: true\` for MAP_SHARED
  - { touch: heap, by: a, range: 0..8MiB }
  - { map: shared, by: b, as: lib }              # then touch / peek / unmap it by that name
  - { fork: a, as: a2, in: B }                   # copy-on-write
  - { move: a2, to: A }
  - { slab: dentry, by: b, objects: 5000 }       # free: { slab: dentry, by: b, free: 100 }; flags: [atomic, noaccount]
  - { send: conn, by: a, size: 4MiB }            # receive: { receive: conn, by: a, size: 1MiB }
  - { pin: heap, by: a, via: fd1 }               # driver pin; released by { unpin: fd1 } or { close: fd1 }
  - { mlock: heap, by: a }
  - { set: A, max: 16MiB, high: 12MiB }
  - { create: C/x, min: 4MiB }
  - { remove: C/x }
  - { reclaim: A, size: 4MiB }                   # memory.reclaim;  { drop-caches: all } as the sysctl does
  - { exit: a }
  - { sleep: 10ms }
  - { expect: { A: { current: 8MiB ±1% }, B: { file: 0 } } }        # may name a model: expect: …, under: static
  - { repeat: 100, steps: [ { read: stream, by: a } ] }
  - { workload: zipf, over: shared, by: b, accesses: 1000000, skew: 0.99 }   # also uniform, scan, loop, trace: FILE
  - { together: [ { workload: scan, over: stream, by: a, accesses: 100000 }, { workload: zipf, over: shared, by: b, accesses: 100000 } ], quantum: 32 }
models: [static, partial, rss, software-zones]   # presets, or { pages: static, kernel: opt-in, … }
`;

/** A scenario with these steps, over two containers, two tasks, and an object of each kind. */
export function withSteps(...steps: readonly string[]): string {
  const head = `memledger: 1
name: test
containers: { A: { max: 24MiB }, B: {} }
objects: { shared: { file: 8MiB }, scratch: { tmpfs: 1MiB }, dentry: { slab: 192 }, conn: { socket: tcp } }
tasks: { a: { in: A }, b: { in: B } }
steps:
`;
  return `${head}${steps.map((step) => `  - ${step}\n`).join('')}${steps.length === 0 ? '  []\n' : ''}`;
}

const NO_TRACES = { readTrace: (file: string): Result<Uint8Array> => ({ ok: false, errors: [{ code: 'no-such-file', message: `there is no file ${file}` }] }) };

/** Program of a text; a text with errors is an error of the test. */
export function programOf(text: string, readTrace: (file: string) => Result<Uint8Array> = NO_TRACES.readTrace): Program {
  const parsed = parseScenario(text);
  const program = parsed.ok ? compileScenario(parsed.value, { readTrace }) : parsed;
  if (!program.ok) throw new Error(program.errors.map((error) => error.message).join('\n'));
  return program.value;
}
