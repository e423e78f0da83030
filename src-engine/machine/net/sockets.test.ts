import { describe, expect, it } from 'vitest';
import { counterOf, type Samples, samplesOf } from '../../../test/conformance/samples.ts';
import { NO_TASK } from '../../base/ids.ts';
import { createColumns, type EventColumns, KIND, type KindName, MEMORY_EVENT } from '../../record/events.ts';
import { compileScenario } from '../../scenario/compile.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { simulate } from '../../simulate.ts';

/** What the policies of sockets decide, each by the smallest scenario that shows it. */

const POSTED = 'pages=static,sockets=unified,removal=zombie';
const MAINLINE = `${POSTED},skmem=mainline`;
const SEPARATE = 'pages=static,sockets=separate';

const scenario = (containers: string, steps: readonly string[]): string => `memledger: 1
name: sockets
machine: { memory: 256MiB, costs: { charge: 0, list-step: 0 } }
containers:
${containers
  .split('; ')
  .map((line) => `  ${line}`)
  .join('\n')}
objects:
  file: { file: 8MiB }
  big: { socket: tcp, sndbuf: 64MiB }
  conn: { socket: tcp }
  other: { socket: tcp }
  u: { socket: udp }
tasks:
  a: { in: A }
  b: { in: A }
  r: { in: . }
steps:
${steps.map((step) => `  - ${step}`).join('\n')}
`;

interface Event {
  readonly flags: number;
  readonly task: number;
  readonly a: number;
  readonly b: number;
  /** Since the run began. */
  readonly at_ns: number;
}

/** Events of one kind, in order. */
function eventsOf(text: string, model: string, kind: KindName): Event[] {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  const events: Event[] = [];
  let at_ns = 0;
  const seal = (columns: EventColumns, count: number): EventColumns => {
    for (let row = 0; row < count; row++) {
      at_ns += columns.dt_ns[row];
      if (columns.kind[row] !== KIND[kind]) continue;
      events.push({ flags: columns.flags[row], task: columns.task[row], a: columns.a[row], b: columns.b[row], at_ns });
    }
    return createColumns();
  };
  const run = simulate(program.value, model, { seal, sample: () => {} });
  if (!run.ok) throw new Error(JSON.stringify(run.errors));
  return events;
}

const of = (samples: Samples, sample: string, counter: Parameters<typeof counterOf>[3]): number => counterOf(samples, sample, 'A', counter);

describe('separate', () => {
  const text = scenario('A: { max: 12MiB, tcp-max: 64KiB }', [
    '{ read: file, by: a }',
    '{ send: big, by: a, size: 1MiB }',
    '{ sample: full }',
    '{ receive: big, by: b, size: 1MiB }',
    '{ sample: read }',
  ]);

  it('fails at its own limit whatever memory is left, and reclaims nothing for it', () => {
    const samples = samplesOf(text, SEPARATE);
    expect(of(samples, 'full', 'tcp')).toBe(16);
    expect(of(samples, 'full', 'tcp_failcnt')).toBeGreaterThan(0);
    expect(of(samples, 'full', 'tcp_sent')).toBeLessThan(2 ** 20);
    expect([of(samples, 'full', 'current'), of(samples, 'full', 'file'), of(samples, 'full', 'sock'), of(samples, 'full', 'pgscan')]).toEqual([
      2_048, 2_048, 0, 0,
    ]);
    expect(of(samples, 'read', 'tcp')).toBe(0);
  });

  it('counts no UDP, and with tcp=limited no container without a limit of its own', () => {
    const steps = ['{ send: u, by: a, size: 100KiB }', '{ send: conn, by: a, size: 100KiB }', '{ sample: end }'];
    const limited = (containers: string, model: string): number => of(samplesOf(scenario(containers, steps), model), 'end', 'tcp');
    expect(limited('A: {}', SEPARATE)).toBeGreaterThan(0);
    expect(limited('A: {}', `${SEPARATE},tcp=limited`)).toBe(0);
    expect(limited('A: { tcp-max: 1GiB }', `${SEPARATE},tcp=limited`)).toBe(limited('A: {}', SEPARATE));
    expect(of(samplesOf(scenario('A: {}', steps.slice(0, 1).concat(steps.slice(2))), SEPARATE), 'end', 'tcp')).toBe(0);
  });
});

describe('unified, as posted', () => {
  it('fails at the hard limit without reclaim, and stops every socket of the container from growing', () => {
    const steps = ['{ send: conn, by: a, size: 8KiB }', '{ receive: conn, by: b, size: 8KiB }', '{ send: big, by: a, size: 2MiB }', '{ sample: full }'];
    const text = scenario('A: { max: 1MiB }', steps);
    const samples = samplesOf(text, POSTED);
    expect([of(samples, 'full', 'current'), of(samples, 'full', 'sock'), of(samples, 'full', 'pgscan'), of(samples, 'full', 'oom')]).toEqual([256, 256, 0, 0]);
    expect(eventsOf(text, POSTED, 'socket_pressure').map(({ flags }) => flags)).toEqual([1]);
  });

  it('ends pressure after a second, and not before', () => {
    const text = scenario('A: { max: 1MiB }', [
      '{ send: big, by: a, size: 2MiB }',
      '{ sleep: 998ms }',
      '{ sample: early }',
      '{ sleep: 1ms }',
      '{ sleep: 1ms }',
      '{ sample: late }',
    ]);
    const [begun, ended] = eventsOf(text, POSTED, 'socket_pressure');
    expect([begun?.flags, ended?.flags]).toEqual([1, 0]);
    const lasted_ns = (ended?.at_ns ?? 0) - (begun?.at_ns ?? 0);
    expect(lasted_ns).toBeGreaterThanOrEqual(1e9);
    expect(lasted_ns).toBeLessThan(1e9 + 2e6);
  });

  it('leaves what is above high to a work item: the sender neither reclaims nor sleeps', () => {
    const text = scenario('A: { high: 8MiB }', ['{ read: file, by: a }', '{ send: big, by: a, size: 1MiB }', '{ sample: end }']);
    const reclaims = eventsOf(text, POSTED, 'reclaim_begin');
    expect(reclaims.length).toBeGreaterThan(0);
    expect(reclaims.every(({ task, a }) => task === NO_TASK && a === 64)).toBe(true);
    expect(eventsOf(text, POSTED, 'memory_event').every(({ task, flags }) => task === NO_TASK && flags === MEMORY_EVENT.high)).toBe(true);
    expect(eventsOf(text, POSTED, 'sleep')).toEqual([]);
    const samples = samplesOf(text, POSTED);
    // Sockets have taken the place of cache.
    expect(of(samples, 'end', 'current')).toBeLessThanOrEqual(2_048);
    expect(of(samples, 'end', 'sock')).toBeGreaterThan(100);
    expect(of(samples, 'end', 'tcp_dropped')).toBe(0);
  });

  it('charges no UDP', () => {
    const samples = samplesOf(scenario('A: {}', ['{ send: u, by: a, size: 100KiB }', '{ sample: end }']), POSTED);
    expect([of(samples, 'end', 'sock'), of(samples, 'end', 'tcp_sent')]).toEqual([0, 102_400]);
  });
});

describe('unified, as in 6.12', () => {
  it('lets a sender reclaim at the hard limit, so that cache gives way to sockets', () => {
    const text = scenario('A: { max: 8MiB }', ['{ read: file, by: a }', '{ send: big, by: a, size: 1MiB }', '{ sample: end }']);
    const samples = samplesOf(text, MAINLINE);
    expect(of(samples, 'end', 'tcp_sent')).toBe(2 ** 20);
    expect(of(samples, 'end', 'sock')).toBeGreaterThan(100);
    expect(of(samples, 'end', 'file')).toBeLessThan(2_048);
    expect([of(samples, 'end', 'oom'), of(samples, 'end', 'tcp_dropped')]).toEqual([0, 0]);
    // As posted the same sender is refused, for cache is never reclaimed for it.
    expect(of(samplesOf(text, POSTED), 'end', 'tcp_sent')).toBeLessThan(2 ** 20);
  });

  it('charges what arrives over the limit, with an event max and no kill', () => {
    const text = scenario('A: {}; B: { max: 64KiB }', ['{ send: conn, by: r, size: 128KiB }', '{ sample: end }']).replace(
      'conn: { socket: tcp }',
      'conn: { socket: tcp, receiver: B }',
    );
    const samples = samplesOf(text, MAINLINE);
    expect(counterOf(samples, 'end', 'B', 'sock')).toBeGreaterThan(16);
    expect(counterOf(samples, 'end', 'B', 'max')).toBeGreaterThan(0);
    expect([counterOf(samples, 'end', 'B', 'oom_kill'), counterOf(samples, 'end', 'B', 'tcp_dropped')]).toEqual([0, 0]);
    const posted = samplesOf(text, POSTED);
    expect(counterOf(posted, 'end', 'B', 'sock')).toBe(16);
    expect(counterOf(posted, 'end', 'B', 'tcp_dropped')).toBeGreaterThan(0);
  });

  it('charges UDP', () => {
    const samples = samplesOf(scenario('A: {}', ['{ send: u, by: a, size: 100KiB }', '{ sample: end }']), MAINLINE);
    // 70 datagrams of 2,304 bytes.
    expect(of(samples, 'end', 'sock')).toBe(Math.ceil((70 * 2_304) / 4_096));
  });
});

describe('TCP', () => {
  it('sends again after 200 ms what was dropped, then after 400 ms, and ends short with EAGAIN', () => {
    const text = scenario('A: { tcp-max: 8KiB }', ['{ send: conn, by: a, size: 16KiB }', '{ send: conn, by: a, size: 16KiB }']);
    const drops = eventsOf(text, SEPARATE, 'tcp_drop');
    const gaps_ms = drops.slice(1).map(({ at_ns }, index) => Math.round((at_ns - (drops[index]?.at_ns ?? 0)) / 1e6));
    expect(gaps_ms.slice(0, 2)).toEqual([200, 400]);
    expect(eventsOf(text, SEPARATE, 'op_fail').length).toBe(2);
  });

  it('takes a window for each round trip: four segments under pressure', () => {
    // Alone: 64 KiB in flights that grow from ten segments; under pressure each flight after the first holds four.
    const transfer = ['{ send: conn, by: a, size: 64KiB }', '{ receive: conn, by: b, size: 64KiB }'];
    const alone = eventsOf(scenario('A: {}', transfer), POSTED, 'tcp_window');
    expect(Math.max(...alone.map(({ a }) => a))).toBeGreaterThan(14_600);
    const pressed = scenario('A: { max: 1MiB }', ['{ send: big, by: a, size: 2MiB }', '{ receive: big, by: b, size: 256KiB }', ...transfer]);
    const windows = eventsOf(pressed, POSTED, 'tcp_window').filter(({ b }) => b === 2);
    expect(Math.max(...windows.slice(1).map(({ a }) => a))).toBeLessThanOrEqual(5_840);
    expect(of(samplesOf(scenario('A: {}', [...transfer, '{ sample: end }']), POSTED), 'end', 'tcp_dropped')).toBe(0);
  });

  it('is interleaved by together: a sender that is blocked waits for its reader', () => {
    const text = scenario('A: {}', [
      '{ together: [ { send: conn, by: a, size: 2MiB }, { receive: conn, by: b, size: 2MiB } ], quantum: 8 }',
      '{ sample: end }',
    ]);
    expect(eventsOf(text, POSTED, 'op_fail')).toEqual([]);
    const received = eventsOf(text, POSTED, 'tcp_receive').reduce((sum, { a }) => sum + a, 0);
    expect(received).toBe(2 * 2 ** 20);
    expect(of(samplesOf(text, POSTED), 'end', 'sock')).toBe(0);
  });
});

describe('lives', () => {
  it('a socket keeps its container although its task has moved, and the container once it is removed', () => {
    const text = scenario('A: {}; A/job: {}', [
      '{ start: w, in: A/job }',
      '{ send: conn, by: w, size: 32KiB }',
      '{ move: w, to: A }',
      '{ receive: conn, by: b, size: 1KiB }',
      '{ remove: A/job }',
      '{ sample: dying }',
      '{ receive: conn, by: b, size: 31KiB }',
      '{ exit: w }',
      '{ sample: gone }',
    ]).replace('conn: { socket: tcp }', 'conn: { socket: tcp, receiver: A/job }');
    const samples = samplesOf(text, POSTED);
    expect(of(samples, 'dying', 'nr_dying_descendants')).toBe(1);
    expect(of(samples, 'dying', 'sock')).toBeGreaterThan(0);
    expect(of(samples, 'gone', 'sock')).toBe(0);
    // b still holds the receiving end, which belongs to the removed container.
    expect(of(samples, 'gone', 'nr_dying_descendants')).toBe(1);
    const released = samplesOf(text.replace('  - { sample: gone }', '  - { exit: b }\n  - { sample: gone }'), POSTED);
    expect(of(released, 'gone', 'nr_dying_descendants')).toBe(0);
  });

  it('what a task has sent arrives after it has exited; what nobody can read any more is lost', () => {
    const text = scenario('A: {}', [
      '{ send: big, by: a, size: 256KiB }',
      '{ exit: a }',
      '{ receive: big, by: b, size: 1MiB }',
      '{ sample: read }',
      '{ start: a, in: A }',
      '{ send: conn, by: a, size: 8KiB }',
      '{ receive: conn, by: b, size: 1KiB }',
      '{ exit: b }',
      '{ sample: reset }',
    ]);
    const received = eventsOf(text, POSTED, 'tcp_receive').reduce((sum, { a }) => sum + a, 0);
    expect(received).toBe(256 * 1_024 + 1_024);
    const samples = samplesOf(text, POSTED);
    expect([of(samples, 'read', 'sock'), of(samples, 'reset', 'sock')]).toEqual([0, 0]);
  });

  it('the first segment of an empty write queue is forced at once: one refusal, and a send buffer that nothing has halved', () => {
    // No page of tcp memory may be had: the sender’s first segment and the receiver’s first are forced.
    const text = scenario('A: { tcp-max: 0 }', [
      '{ send: conn, by: a, size: 1KiB }',
      '{ sample: forced }',
      '{ receive: conn, by: b, size: 1KiB }',
      '{ sample: read }',
    ]);
    const samples = samplesOf(text, SEPARATE);
    // Forced without being tried: one at the sender; tried, tried after pruning and forced at the receiver.
    expect(of(samples, 'forced', 'tcp_failcnt')).toBe(1 + 3);
    expect(of(samples, 'forced', 'tcp_sent')).toBe(1_024);
    expect(of(samples, 'read', 'tcp')).toBe(0);
  });

  it('a child holds its parent’s ends', () => {
    const text = scenario('A: {}', [
      '{ send: conn, by: a, size: 8KiB }',
      '{ fork: a, as: child }',
      '{ exit: a }',
      '{ exit: b }',
      '{ sample: held }',
      '{ exit: child }',
      '{ sample: closed }',
    ]);
    const samples = samplesOf(text, POSTED);
    expect(of(samples, 'held', 'sock')).toBeGreaterThan(0);
    expect(of(samples, 'closed', 'sock')).toBe(0);
  });
});
