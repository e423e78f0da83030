import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from '../../../test/conformance/samples.ts';
import { type ReferenceContainer, type ReferenceSocket, ReferenceSockets } from './sockets.ts';

/** Random lives of sockets: the engine's counters against the reference's after every step. Costs are those of the network alone, so that both clocks agree. */

const PATHS = ['.', 'A', 'A/x', 'A/y', 'B'] as const;
const TASKS = { a: 'A/x', b: 'A/y', c: 'B', d: 'B', r: '.' } as const;
const SOCKETS = {
  s: {},
  t: { receiver: 'B' },
  v: { sndbuf: 65_536, rcvbuf: 8_192 },
  w: { sndbuf: 1_048_576, rcvbuf: 1_048_576 },
  u: { protocol: 'udp' },
  x: { protocol: 'udp', rcvbuf: 1_048_576 },
} as const;
const COUNTERS = ['sock', 'tcp', 'current', 'tcp_failcnt', 'tcp_sent', 'tcp_dropped', 'tcp_window'] as const;

type Step =
  | { readonly verb: 'send' | 'receive'; readonly socket: keyof typeof SOCKETS; readonly task: keyof typeof TASKS; readonly bytes: number }
  | { readonly verb: 'exit'; readonly task: keyof typeof TASKS }
  | { readonly verb: 'start' | 'move'; readonly task: keyof typeof TASKS; readonly path: (typeof PATHS)[number] }
  | { readonly verb: 'fork'; readonly task: keyof typeof TASKS; readonly child: keyof typeof TASKS }
  | { readonly verb: 'remove'; readonly path: 'A/x' | 'A/y' | 'B' }
  | { readonly verb: 'limit'; readonly path: 'A' | 'A/x' | 'A/y' | 'B'; readonly pages: number }
  | { readonly verb: 'sleep'; readonly ms: number };

const task = fc.constantFrom(...(Object.keys(TASKS) as (keyof typeof TASKS)[]));
const socket = fc.constantFrom(...(Object.keys(SOCKETS) as (keyof typeof SOCKETS)[]));
const bytes = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 400_000 }));
const pages = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 200 }), fc.constant(Number.POSITIVE_INFINITY));
const transfer = fc.record({ verb: fc.constantFrom('send' as const, 'receive' as const), socket, task, bytes });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: transfer },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('exit' as const), task }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constantFrom('start' as const, 'move' as const), task, path: fc.constantFrom(...PATHS) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('fork' as const), task, child: task }).filter(({ task: one, child }) => one !== child) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('remove' as const), path: fc.constantFrom('A/x' as const, 'A/y' as const, 'B' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('limit' as const), path: fc.constantFrom('A' as const, 'A/x' as const, 'A/y' as const, 'B' as const), pages }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('sleep' as const), ms: fc.constantFrom(1, 199, 200, 999, 1_000, 1_001, 5_000) }) },
);
const life = fc.record({
  memory_pages: fc.constantFrom(1_024, 4_096, 65_536),
  maxima: fc.tuple(pages, pages, pages, pages),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

/** The one who sent exits; another sends by a socket of its own, whose send buffer has not grown. */
const NEW_SENDER: Life = {
  memory_pages: 1_024,
  maxima: [0, 0, 0, Number.POSITIVE_INFINITY],
  steps: [
    { verb: 'send', socket: 't', task: 'r', bytes: 21_901 },
    { verb: 'exit', task: 'r' },
    { verb: 'send', socket: 't', task: 'a', bytes: 99_281 },
    { verb: 'send', socket: 's', task: 'a', bytes: 1 },
  ],
};

const limitText = (count: number): string => (count === Number.POSITIVE_INFINITY ? 'max' : `${count * 4}KiB`);

function stepText(one: Step): string {
  switch (one.verb) {
    case 'send':
    case 'receive':
      return `{ ${one.verb}: ${one.socket}, by: ${one.task}, size: ${one.bytes} }`;
    case 'exit':
      return `{ exit: ${one.task} }`;
    case 'start':
      return `{ start: ${one.task}, in: ${one.path} }`;
    case 'move':
      return `{ move: ${one.task}, to: ${one.path} }`;
    case 'fork':
      return `{ fork: ${one.task}, as: ${one.child} }`;
    case 'remove':
      return `{ remove: ${one.path} }`;
    case 'limit':
      return `{ set: ${one.path}, tcp-max: ${limitText(one.pages)} }`;
    case 'sleep':
      return `{ sleep: ${one.ms}ms }`;
  }
}

const text = ({ memory_pages, maxima, steps }: Life): string => `memledger: 1
name: sockets
machine: { memory: ${memory_pages * 4}KiB, costs: { charge: 0, list-step: 0 } }
containers:
${PATHS.slice(1)
  .map((path, index) => `  ${path}: { max: ${limitText(maxima[index])} }`)
  .join('\n')}
objects:
  s: { socket: tcp }
  t: { socket: tcp, receiver: B }
  v: { socket: tcp, sndbuf: 64KiB, rcvbuf: 8KiB }
  w: { socket: tcp, sndbuf: 1MiB, rcvbuf: 1MiB }
  u: { socket: udp }
  x: { socket: udp, rcvbuf: 1MiB }
tasks:
${Object.entries(TASKS)
  .map(([name, path]) => `  ${name}: { in: ${path} }`)
  .join('\n')}
steps:
${steps.map((one, index) => `  - ${stepText(one)}\n  - { sample: s${index} }`).join('\n')}
`;

function reference(policy: 'none' | 'separate' | 'unified', { memory_pages, maxima, steps }: Life): ReferenceSockets {
  const containers: ReferenceContainer[] = PATHS.map((path, index) => ({
    path,
    parent: path === '.' ? null : path.includes('/') ? 'A' : '.',
    max_pages: index === 0 ? Number.POSITIVE_INFINITY : maxima[index - 1],
    tcp_max_pages: Number.POSITIVE_INFINITY,
    exists: true,
  }));
  const sockets = Object.fromEntries(
    Object.entries(SOCKETS).map(([name, spec]): [string, ReferenceSocket] => {
      const first = steps.find((one) => one.verb === 'receive' && one.socket === name);
      return [name, { protocol: 'tcp', ...spec, first_reader: first?.verb === 'receive' ? first.task : null }];
    }),
  );
  const model = new ReferenceSockets({ policy, memory_pages, segment_ns: 1_000, round_trip_ns: 50_000 }, containers, sockets);
  for (const [name, path] of Object.entries(TASKS)) model.start(name, path);
  return model;
}

function advance(model: ReferenceSockets, one: Step): void {
  switch (one.verb) {
    case 'send':
    case 'receive':
      model.transfer(one.verb, one.socket, one.task, one.bytes);
      return;
    case 'exit':
      model.exit(one.task);
      return;
    case 'start':
      model.start(one.task, one.path);
      return;
    case 'move':
      model.move(one.task, one.path);
      return;
    case 'fork':
      model.fork(one.task, one.child);
      return;
    case 'remove':
      model.remove(one.path);
      return;
    case 'limit': {
      const container = model.containers.find(({ path }) => path === one.path);
      if (container?.exists) container.tcp_max_pages = one.pages;
      return;
    }
    case 'sleep':
      model.now_ns += one.ms * 1_000_000;
  }
}

function compare(policy: 'none' | 'separate' | 'unified', pages_policy: string, given: Life): void {
  const samples = samplesOf(text(given), `pages=${pages_policy},sockets=${policy}`);
  // Under `partial` charges are in 2⁻²⁴ of a page.
  const units_per_page = pages_policy === 'partial' ? 2 ** 24 : 1;
  const model = reference(policy, given);
  given.steps.forEach((one, index) => {
    advance(model, one);
    for (const { path, exists } of model.containers) {
      if (!exists) continue;
      const engine = COUNTERS.map((counter) => [counter, counterOf(samples, `s${index}`, path, counter)]);
      const expected = COUNTERS.map((counter) => [counter, model.shown(counter, path) * (counter === 'current' ? units_per_page : 1)]);
      expect({ step: index, path, ...Object.fromEntries(engine) }).toEqual({ step: index, path, ...Object.fromEntries(expected) });
    }
    const { sent, read, dropped, lost } = model.bytes;
    expect(sent).toBe(read + dropped + lost + model.queued_bytes);
  });
}

describe('sockets against their reference', () => {
  it.each(['none', 'separate', 'unified'] as const)('%s: agrees after every step of a random life', (policy) => {
    fc.assert(
      fc.property(life, (given) => compare(policy, 'static', given)),
      { numRuns: 100, examples: [[NEW_SENDER]] },
    );
  });

  it.each(['none', 'partial', 'rss'])('agrees under pages=%s as well', (pages_policy) => {
    fc.assert(
      fc.property(life, fc.constantFrom('none' as const, 'separate' as const, 'unified' as const), (given, policy) => compare(policy, pages_policy, given)),
      { numRuns: 40 },
    );
  });
});

describe('sockets among other memory', () => {
  /** A life with page cache and a heap between its transfers, so that reclaim, pressure, the killer and zones have a part in it. The engine checks its laws at the end. */
  const mixed = (given: Life): string =>
    text(given)
      .replace('objects:', 'objects:\n  file: { file: 3MiB }')
      .replace('machine: { ', 'machine: { zone: 256KiB, ')
      .replace(/- \{ sample: s(\d+) \}/g, (_, index: string) => {
        const by = 'abcd'[Number(index) % 4];
        const extra = Number(index) % 3 === 0 ? `{ alloc: heap, by: ${by}, size: 200KiB }\n  - { touch: heap, by: ${by} }` : `{ read: file, by: ${by} }`;
        return `- ${extra}\n  - { sample: s${index} }`;
      });
  const models = ['static', 'none', 'partial', 'rss', 'software-zones', 'smemcg'].flatMap((pages_policy) =>
    ['none', 'separate', 'unified', 'unified,skmem=mainline'].map((policy) => `pages=${pages_policy},sockets=${policy}`),
  );

  it.each(models)('%s keeps every law in random lives', (model) => {
    fc.assert(
      fc.property(life, (given) => {
        const samples = samplesOf(mixed(given), model);
        expect(samples.size).toBe(given.steps.length);
      }),
      { numRuns: 12 },
    );
  });
});
