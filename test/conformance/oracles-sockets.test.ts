import { describe, expect, test } from 'vitest';
import { NO_TASK } from '../../src-engine/base/ids.ts';
import { Accounts } from '../../src-engine/containers/accounts.ts';
import { Dying } from '../../src-engine/containers/dying.ts';
import { ContainerTree } from '../../src-engine/containers/tree.ts';
import {
  clampedWindow,
  grownSsthresh,
  growthRoom,
  growthStep,
  ssthreshUnderPressure,
  tcpMemPages,
  tcpRmem,
  tcpWmem,
} from '../../src-engine/machine/net/tcp.ts';
import {
  CRITICAL_PRIORITY,
  type Listener,
  type ListenerMode,
  propagatePressure,
  Vmpressure,
  vmpressureLevel,
  vmpressurePercent,
} from '../../src-engine/machine/pressure/vmpressure.ts';
import { SocketPressure } from '../../src-engine/models/sockets-unified.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { EventLog } from '../../src-engine/record/event-log.ts';
import { createColumns, VMPRESSURE } from '../../src-engine/record/events.ts';
import { close } from './close.ts';
import { counterOf, samplesOf } from './samples.ts';

/** Cases with known answers on pressure and sockets; the number of each is that of the project's list of oracles. */

const MS = 1_000_000;

/** A tree with its log and accounts, and containers below the root by path. */
function bench(...paths: string[]) {
  const columns = createColumns(64);
  const log = new EventLog({ seal: () => columns, sample: () => {} }, columns);
  const tree = new ContainerTree();
  const dying = new Dying(
    tree,
    log,
    () => false,
    () => {},
  );
  const accounts = new Accounts(tree, log, dying, () => 1);
  const ids = new Map([['.', tree.create('.', 0, -1) as number]]);
  for (const path of paths) {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
    ids.set(path, tree.create(path, 0, ids.get(parent) ?? 0));
  }
  return { log, tree, accounts, at: (path: string): number => ids.get(path) ?? -1 };
}

describe('vmpressure', () => {
  test('VMP-1: pressure and level of a window', () => {
    const windows = [512, 256, 205, 204, 26, 25, 0].map((reclaimed) => vmpressurePercent(512, reclaimed));
    expect(windows).toEqual([0, 50, 59, 60, 94, 95, 100]);
    const { low, medium, critical } = VMPRESSURE;
    expect(windows.map(vmpressureLevel)).toEqual([low, low, low, medium, medium, critical, critical]);
  });

  test('VMP-3: a pass that comes down to priority 3 is critical, at 4 it is not', () => {
    const { tree, accounts, log, at } = bench('C');
    const vmpressure = new Vmpressure(tree, accounts, log);
    const critical = (): number => tree.local(at('C'), COUNTER.vmpressure_critical);
    vmpressure.descended(at('C'), 4, NO_TASK);
    expect(critical()).toBe(0);
    vmpressure.descended(at('C'), 3, NO_TASK);
    expect(critical()).toBe(1);
    expect(CRITICAL_PRIORITY).toBe(3);
  });

  test('VMP-4: pressure in C of A→B→C: default and local stop at C, hierarchy reaches all', () => {
    const listeners = (mode: ListenerMode): Listener[][] => ['C', 'B', 'A'].map(() => [{ mode, level: VMPRESSURE.low }]);
    expect(propagatePressure(listeners('default'), VMPRESSURE.low)).toEqual([0]);
    expect(propagatePressure(listeners('hierarchy'), VMPRESSURE.low)).toEqual([0, 1, 2]);
    expect(propagatePressure(listeners('local'), VMPRESSURE.low)).toEqual([0]);
    // Without a listener in C, those of B and A that are local hear nothing.
    expect(propagatePressure([[], ...listeners('local').slice(1)], VMPRESSURE.critical)).toEqual([]);
  });

  test('VMP-6: the own window is evaluated at 512 pages, not before, and begins anew', () => {
    const { tree, accounts, log, at } = bench('C');
    const vmpressure = new Vmpressure(tree, accounts, log);
    const pressed: number[] = [];
    vmpressure.onOwnPressure = (container) => pressed.push(container);
    vmpressure.shrank(at('C'), 300, 0);
    vmpressure.shrank(at('C'), 211, 0);
    expect(pressed).toEqual([]);
    vmpressure.shrank(at('C'), 1, 0);
    expect(pressed).toEqual([at('C')]);
    vmpressure.shrank(at('C'), 511, 0);
    expect(pressed).toEqual([at('C')]);
    vmpressure.shrank(at('C'), 1, 0);
    expect(pressed).toEqual([at('C'), at('C')]);
  });
});

describe('sizes and windows of TCP', () => {
  test('SOCK-1: tcp_mem', () => {
    expect(tcpMemPages(262_144)).toEqual([12_288, 16_384, 24_576]);
    expect(tcpMemPages(1_000)).toEqual([96, 128, 192]);
  });

  test('SOCK-3: tcp_wmem and tcp_rmem of large and middling machines', () => {
    expect([tcpWmem(262_144)[2], tcpRmem(262_144)[2]]).toEqual([4_194_304, 6_291_456]);
    expect([tcpWmem(16_384)[2], tcpRmem(16_384)[2]]).toEqual([524_288, 524_288]);
    expect([tcpWmem(262_144).slice(0, 2), tcpRmem(262_144).slice(0, 2)]).toEqual([
      [4_096, 16_384],
      [4_096, 131_072],
    ]);
  });

  test('SOCK-4: tcp_wmem and tcp_rmem between their bounds', () => {
    expect([tcpWmem(4_000)[2], tcpRmem(4_000)[2]]).toEqual([128_000, 131_072]);
    expect([tcpWmem(100_000)[2], tcpRmem(100_000)[2]]).toEqual([3_200_000, 3_200_000]);
  });

  test('SOCK-7: four segments under pressure, two when the buffer is exceeded', () => {
    expect(ssthreshUnderPressure(60_000)).toBe(5_840);
    const over = { rcv_ssthresh: 60_000, window_clamp: 1_000_000, rcvbuf: 131_072, rmem_alloc: 131_073 };
    expect(clampedWindow(over, false, 6_291_456)).toEqual({ rcvbuf: 131_072, rcv_ssthresh: 2_920 });
    // Where the buffer may grow instead, the window stays.
    expect(clampedWindow(over, true, 6_291_456)).toEqual({ rcvbuf: 131_073, rcv_ssthresh: 60_000 });
  });

  test('SOCK-8: growth by two segments or twice the segment, as far as there is room', () => {
    const grown = (length: number, room: number): number => {
      const receiving = { rcv_ssthresh: 20_000, window_clamp: 20_000 + room, rcvbuf: 1_000_000, rmem_alloc: 0 };
      return grownSsthresh(receiving, length, length, 6_291_456) - receiving.rcv_ssthresh;
    };
    expect(grown(1_000, 1_500)).toBe(1_500);
    expect(grown(2_000, 10_000)).toBe(4_000);
    // Without room `tcp_grow_window()` returns before it looks at pressure.
    expect(growthRoom({ rcv_ssthresh: 20_000, window_clamp: 60_000, rcvbuf: 100_000, rmem_alloc: 60_000 })).toBe(0);
    expect(growthRoom({ rcv_ssthresh: 20_000, window_clamp: 60_000, rcvbuf: 100_000, rmem_alloc: 59_000 })).toBe(500);
    expect([growthStep(1_000), growthStep(2_000)]).toEqual([2_920, 4_000]);
  });
});

describe('sockets of containers', () => {
  test('SOCK-5: a mark of pressure holds for 1000 ms exactly, in the container and below it', () => {
    const { log, tree, at } = bench('P', 'P/C', 'P/S', 'P/C/G');
    const pressure = new SocketPressure(tree, log);
    const state = (): boolean[] => ['P/C', 'P', 'P/S', 'P/C/G'].map((path) => pressure.isOn(at(path)));
    expect(state()).toEqual([false, false, false, false]);
    pressure.mark(at('P/C'), NO_TASK);
    log.now_ns = 999 * MS;
    expect(state()).toEqual([true, false, false, true]);
    log.now_ns = 1_000 * MS;
    expect(state()).toEqual([false, false, false, false]);
  });

  test('SOCK-9: while a server and its client transfer, current rises by the socket memory; in the end none is left', () => {
    for (const model of ['pages=static,sockets=unified', 'pages=static,sockets=unified,skmem=mainline']) {
      const samples = samplesOf(
        `memledger: 1
name: tcp server
machine: { memory: 512MiB }
containers:
  A: {}
objects:
  conn: { socket: tcp }
tasks:
  server: { in: A }
  client: { in: A }
steps:
  - { alloc: heap, by: server, size: 4MiB }
  - { touch: heap, by: server }
  - { sample: initial }
  - { send: conn, by: server, size: 4MiB }
  - { sample: transferring }
  - { receive: conn, by: client, size: 64KiB }
  - { sample: reading }
  - { exit: client }
  - { exit: server }
  - { sample: closed }
`,
        model,
      );
      const initial = counterOf(samples, 'initial', 'A', 'current');
      for (const sample of ['transferring', 'reading']) {
        const sock = counterOf(samples, sample, 'A', 'sock');
        expect(sock).toBeGreaterThan(0);
        expect(close(counterOf(samples, sample, 'A', 'current') - initial, sock, 10)).toBe(true);
      }
      expect(counterOf(samples, 'closed', 'A', 'sock')).toBe(0);
    }
  });

  test('SOCK-11: with the root alone sockets cost nothing', () => {
    const rootOnly = (model: string) =>
      samplesOf(
        `memledger: 1
name: root only
machine: { memory: 512MiB }
objects:
  conn: { socket: tcp }
tasks:
  a: { in: . }
steps:
  - { send: conn, by: a, size: 1MiB }
  - { receive: conn, by: a, size: 128KiB }
  - { sample: open }
`,
        model,
      );
    for (const model of ['pages=static,sockets=unified', 'pages=static,sockets=unified,skmem=mainline', 'pages=static,sockets=separate']) {
      const samples = rootOnly(model);
      expect(counterOf(samples, 'open', '.', 'tcp_sent')).toBeGreaterThan(0);
      for (const counter of ['sock', 'tcp', 'current', 'tcp_failcnt'] as const) expect(counterOf(samples, 'open', '.', counter)).toBe(0);
    }
  });
});
