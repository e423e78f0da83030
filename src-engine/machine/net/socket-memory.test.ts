import { expect, test } from 'vitest';
import { programOf, worldAfter } from '../../../test/conformance/world-after.ts';
import { NO_TASK, PAGE_SIZE_BYTES, ROOT_CONTAINER } from '../../base/ids.ts';
import { NoneSockets } from '../../models/sockets-none.ts';
import { type Socket, SocketMemory } from './socket-memory.ts';
import { tcpMemPages } from './tcp.ts';

test('buffers grow below tcp_mem[0], and no longer at it (tcp_clamp_window() and tcp_should_expand_sndbuf(), 6.12)', () => {
  const program = programOf(
    'memledger: 1\nname: tcp_mem\nmachine: { memory: 8MiB }\ncontainers: { A: {} }\ntasks: { a: { in: A } }\nsteps:\n  - { sample: end }\n',
  );
  const { world } = worldAfter(program, 'none');
  const memory = new SocketMemory(world, new NoneSockets());
  const socket: Socket = {
    protocol: 'tcp',
    container: ROOT_CONTAINER,
    tracked: false,
    frames: [],
    forward_alloc: 0,
    wmem_queued: 0,
    rmem_alloc: 0,
    sndbuf: PAGE_SIZE_BYTES,
    rcvbuf: PAGE_SIZE_BYTES,
    sndbuf_locked: false,
    rcvbuf_locked: false,
    open: true,
  };
  const [low_pages] = tcpMemPages(program.machine.memory_pages);
  expect(memory.force(socket, (low_pages - 1) * PAGE_SIZE_BYTES, NO_TASK)).toBe(true);
  expect(memory.mayGrow(socket)).toBe(true);
  expect(memory.force(socket, low_pages * PAGE_SIZE_BYTES, NO_TASK)).toBe(true);
  expect(memory.allocatedPages('tcp')).toBe(low_pages);
  expect(memory.mayGrow(socket)).toBe(false);
});
