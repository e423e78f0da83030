import { NO_PAGE, NO_TASK, PAGE_SIZE_BYTES, ROOT_CONTAINER } from '../../base/ids.ts';
import { KIND } from '../../record/events.ts';
import { DENIED } from '../policies/policy.ts';
import type { SocketCharge, SocketPolicy } from '../policies/socket-policy.ts';
import type { World } from '../world.ts';
import { moderatedSndbuf, type Triple, tcpMemPages } from './tcp.ts';

/** One socket: who pays for it, and the memory that it has asked for. Bytes where the name does not say pages. */
export interface Socket {
  readonly protocol: 'tcp' | 'udp';
  /** For life, wherever its tasks go. */
  readonly container: number;
  /** Whether the policy has it on an account. */
  readonly tracked: boolean;
  /** Frames that hold its buffers: one for each page that it was granted. */
  readonly frames: number[];
  /** Granted and not used yet: what is left of its pages. */
  forward_alloc: number;
  /** Truesize of what its task has sent and nobody has acknowledged. */
  wmem_queued: number;
  /** Truesize of what has arrived and nobody has read. */
  rmem_alloc: number;
  sndbuf: number;
  rcvbuf: number;
  /** Set by the scenario (SO_SNDBUF, SO_RCVBUF): the network code leaves it alone. */
  readonly sndbuf_locked: boolean;
  readonly rcvbuf_locked: boolean;
  open: boolean;
}

/** What all sockets of a protocol share. */
interface Pool {
  /** `sysctl_mem`, in pages. */
  readonly mem: Triple;
  allocated_pages: number;
  socket_count: number;
  /** Null: the protocol knows no pressure (UDP), and what is above the first threshold is refused. */
  pressure: boolean | null;
}

/** `sysctl_rmem[0]` and `sysctl_wmem[0]` of both protocols: what a socket may have even when memory is short. */
const GUARANTEED_BYTES = PAGE_SIZE_BYTES;

const pagesOf = (bytes: number): number => Math.ceil(bytes / PAGE_SIZE_BYTES);

/**
 * Memory of sockets in units of pages: `__sk_mem_raise_allocated()`, `sk_forced_mem_schedule()` and `__sk_mem_reduce_allocated()` of net/core/sock.c and tcp_output.c
 * (6.12). The thresholds net.ipv4.tcp_mem and udp_mem hold the machine as a whole; the policy of sockets holds the containers. A page that is granted takes a frame.
 */
export class SocketMemory {
  private readonly world: World;
  private readonly policy: SocketPolicy;
  private readonly pools: Readonly<Record<Socket['protocol'], Pool>>;

  constructor(world: World, policy: SocketPolicy) {
    this.world = world;
    this.policy = policy;
    const { memory_pages } = world.program.machine;
    this.pools = {
      tcp: { mem: tcpMemPages(memory_pages), allocated_pages: 0, socket_count: 0, pressure: false },
      // udp_init() takes an eighth where tcp_init_mem() takes a sixteenth.
      udp: { mem: tcpMemPages(memory_pages * 2), allocated_pages: 0, socket_count: 0, pressure: null },
    };
  }

  /** Pages granted to all sockets of a protocol. */
  allocatedPages(protocol: Socket['protocol']): number {
    return this.pools[protocol].allocated_pages;
  }

  opened(socket: Socket): void {
    this.pools[socket.protocol].socket_count++;
  }

  /** Takes everything from a socket that is closed. */
  closed(socket: Socket): void {
    socket.open = false;
    this.pools[socket.protocol].socket_count--;
    socket.wmem_queued = 0;
    socket.rmem_alloc = 0;
    socket.forward_alloc = 0;
    this.giveBack(socket, socket.frames.length);
    if (socket.tracked) this.world.dying.fell(socket.container);
  }

  /** `tcp_under_memory_pressure()`: windows must not grow now. */
  underPressure(socket: Socket): boolean {
    return (socket.tracked && this.policy.underPressure(socket.container)) || this.pools[socket.protocol].pressure === true;
  }

  /** Whether buffers may grow: no pressure, and the protocol below its first threshold (`tcp_clamp_window()`, `tcp_should_expand_sndbuf()`). */
  mayGrow(socket: Socket): boolean {
    const { allocated_pages, mem } = this.pools[socket.protocol];
    return !this.underPressure(socket) && allocated_pages < mem[0];
  }

  /** `sk_wmem_schedule()` and `sk_rmem_schedule()`: room for a buffer of `size` in a socket. False: back off; nothing has been granted. */
  schedule(socket: Socket, size: number, kind: 'send' | 'arrival', task: number): boolean {
    const missing = size - socket.forward_alloc;
    return missing <= 0 || this.raise(socket, size, pagesOf(missing), kind, task);
  }

  /** `sk_forced_mem_schedule()`: room whatever the limits say, so that the connection moves. False only where the machine has no frame left. */
  force(socket: Socket, size: number, task: number): boolean {
    const missing = size - socket.forward_alloc;
    if (missing <= 0) return true;
    const page_count = pagesOf(missing);
    this.pools[socket.protocol].allocated_pages += page_count;
    return this.settleGrant(socket, page_count, task, this.charge(socket, page_count, task, 'forced'));
  }

  /** `sk_mem_uncharge()`: a buffer is free; whole pages go back at once, as since 6.0. */
  release(socket: Socket, size: number): void {
    socket.forward_alloc += size;
    const page_count = Math.floor(socket.forward_alloc / PAGE_SIZE_BYTES);
    socket.forward_alloc -= page_count * PAGE_SIZE_BYTES;
    this.giveBack(socket, page_count);
  }

  private raise(socket: Socket, size: number, page_count: number, kind: 'send' | 'arrival', task: number): boolean {
    const pool = this.pools[socket.protocol];
    pool.allocated_pages += page_count;
    const charged = this.charge(socket, page_count, task, kind);
    if (charged && this.fitsPool(socket, pool, kind)) return this.settleGrant(socket, page_count, task, true);
    // Suppressed. A stream that sends asks for less from now on; with as much as that queued already it cannot wait for room, and gets it this once.
    const is_stream_sender = kind === 'send' && socket.protocol === 'tcp';
    if (is_stream_sender && socket.open) {
      if (!socket.sndbuf_locked) socket.sndbuf = moderatedSndbuf(socket.sndbuf, socket.wmem_queued);
      if (socket.wmem_queued + size >= socket.sndbuf)
        return this.settleGrant(socket, page_count, task, charged || this.charge(socket, page_count, task, 'forced'));
    }
    pool.allocated_pages -= page_count;
    if (charged && socket.tracked) this.policy.uncharge(socket.container, page_count);
    return false;
  }

  /** Rules 3 to 7 of the protocol-global check: may the protocol as a whole have grown so? */
  private fitsPool(socket: Socket, pool: Pool, kind: 'send' | 'arrival'): boolean {
    const { allocated_pages, mem } = pool;
    if (allocated_pages <= mem[0]) {
      this.setPressure(pool, false);
      return true;
    }
    if (allocated_pages > mem[1]) this.setPressure(pool, true);
    if (allocated_pages > mem[2]) return false;
    if ((kind === 'arrival' ? socket.rmem_alloc : socket.wmem_queued) < GUARANTEED_BYTES) return true;
    if (pool.pressure === null) return false;
    if (!pool.pressure) return true;
    // Under global pressure a socket may still grow while it has less than its equal part.
    return mem[2] > pool.socket_count * pagesOf(socket.wmem_queued + socket.rmem_alloc + socket.forward_alloc);
  }

  private setPressure(pool: Pool, pressure: boolean): void {
    if (pool.pressure === null || pool.pressure === pressure) return;
    pool.pressure = pressure;
    this.world.log.emit(KIND.socket_pressure, pressure ? 1 : 0, NO_TASK, ROOT_CONTAINER, NO_PAGE, 0, 0);
  }

  private charge(socket: Socket, page_count: number, task: number, context: SocketCharge): boolean {
    return !socket.tracked || this.policy.charge(socket.container, page_count, task, context);
  }

  /** Pages that have been charged get their frames. False: none could be had, or the socket was closed meanwhile by the death of its task; all is undone. */
  private settleGrant(socket: Socket, page_count: number, task: number, charged: boolean): boolean {
    const { policy } = this.world;
    const frames: number[] = [];
    while (charged && frames.length < page_count && socket.open) {
      const frame = policy.allocateUnlisted(socket.container, task);
      if (frame === DENIED) break;
      frames.push(frame);
    }
    if (frames.length === page_count && socket.open) {
      socket.frames.push(...frames);
      socket.forward_alloc += page_count * PAGE_SIZE_BYTES;
      return true;
    }
    for (const frame of frames) policy.releaseUnlisted(frame);
    this.pools[socket.protocol].allocated_pages -= page_count;
    if (charged && socket.tracked) this.policy.uncharge(socket.container, page_count);
    return false;
  }

  private giveBack(socket: Socket, page_count: number): void {
    if (page_count === 0) return;
    const pool = this.pools[socket.protocol];
    for (const frame of socket.frames.splice(socket.frames.length - page_count)) this.world.policy.releaseUnlisted(frame);
    pool.allocated_pages -= page_count;
    if (socket.tracked) this.policy.uncharge(socket.container, page_count);
    if (pool.allocated_pages < pool.mem[0]) this.setPressure(pool, false);
  }
}
