import { NO_PAGE } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND } from '../../record/events.ts';
import { violation } from '../policies/policy.ts';
import type { World } from '../world.ts';
import type { Socket, SocketMemory } from './socket-memory.ts';
import { TRUESIZE_BYTES } from './tcp.ts';

/** Payload of a datagram that fills an Ethernet frame. */
const DATAGRAM_BYTES = 1_472;
/** net.core.rmem_default: the receive buffer. */
export const UDP_RCVBUF_BYTES = 212_992;

/**
 * Datagrams over loopback: `__udp_enqueue_schedule_skb()` of net/ipv4/udp.c (6.12). Each costs `segment` and reaches the receive queue at once, or is lost: where more than
 * rcvbuf lies there unread, or memory cannot be had. The sender never waits and is told nothing. Datagrams are read whole.
 */
export class UdpFlow {
  /** A new one when somebody sends after the one before has closed. */
  sender: Socket;
  readonly receiver: Socket;
  sent_bytes = 0;
  received_bytes = 0;
  dropped_bytes = 0;
  discarded_bytes = 0;
  queued_bytes = 0;
  readonly unsent_bytes = 0;
  private readonly world: World;
  private readonly memory: SocketMemory;
  private readonly object_name: number;
  private queue: number[] = [];

  constructor(world: World, memory: SocketMemory, sockets: { sender: Socket; receiver: Socket }, object_name: number) {
    this.world = world;
    this.memory = memory;
    this.sender = sockets.sender;
    this.receiver = sockets.receiver;
    this.object_name = object_name;
  }

  /** Sends up to `bytes` in up to `datagram_count` datagrams. Returns the bytes sent, lost ones included. */
  send(bytes: number, datagram_count: number, task: number): number {
    const { log, program, accounts } = this.world;
    let sent = 0;
    let dropped = 0;
    for (let count = 0; sent < bytes && count < datagram_count && this.receiver.open; count++) {
      const length = Math.min(bytes - sent, DATAGRAM_BYTES);
      log.now_ns += program.machine.costs.segment_ns;
      sent += length;
      if (!this.arrive(length, task)) dropped += length;
    }
    this.sent_bytes += sent;
    this.dropped_bytes += dropped;
    this.tell(KIND.tcp_send, this.sender, sent, task);
    accounts.change(this.sender.container, COUNTER.tcp_sent, sent, task);
    this.tell(KIND.tcp_drop, this.receiver, dropped, task);
    accounts.change(this.receiver.container, COUNTER.tcp_dropped, dropped, task);
    return sent;
  }

  /** Gives a task the next datagrams as long as they begin within `bytes`; what does not fit of the last is lost, as recvfrom() has it, and counts as read. */
  receive(bytes: number, datagram_count: number, task: number): number {
    let given = 0;
    let read_count = 0;
    while (given < bytes && read_count < datagram_count && read_count < this.queue.length) given += this.queue[read_count++];
    this.queue = this.queue.slice(read_count);
    this.queued_bytes -= given;
    this.received_bytes += given;
    this.receiver.rmem_alloc -= read_count * TRUESIZE_BYTES;
    if (read_count > 0) this.memory.release(this.receiver, read_count * TRUESIZE_BYTES);
    this.tell(KIND.tcp_receive, this.receiver, given, task);
    return given;
  }

  /** Nothing is sent twice. */
  waitForTimer(): boolean {
    return false;
  }

  close(): void {
    this.closeSender();
    if (!this.receiver.open) return;
    this.discarded_bytes += this.queued_bytes;
    this.queued_bytes = 0;
    this.queue = [];
    this.memory.closed(this.receiver);
  }

  closeSender(): void {
    if (this.sender.open) this.memory.closed(this.sender);
  }

  check(): LabError | null {
    const accounted = this.received_bytes + this.queued_bytes + this.dropped_bytes + this.discarded_bytes;
    if (accounted !== this.sent_bytes) return violation('udp: bytes received, queued, dropped and discarded against bytes sent', accounted, this.sent_bytes);
    const expected = this.queue.length * TRUESIZE_BYTES;
    return this.receiver.rmem_alloc === expected ? null : violation('udp: receive memory against datagrams in the queue', this.receiver.rmem_alloc, expected);
  }

  private arrive(length: number, task: number): boolean {
    const { receiver, memory } = this;
    if (receiver.rmem_alloc > receiver.rcvbuf || !memory.schedule(receiver, TRUESIZE_BYTES, 'arrival', task)) return false;
    receiver.forward_alloc -= TRUESIZE_BYTES;
    receiver.rmem_alloc += TRUESIZE_BYTES;
    this.queue.push(length);
    this.queued_bytes += length;
    return true;
  }

  private tell(kind: number, socket: Socket, bytes: number, task: number): void {
    if (bytes > 0) this.world.log.emit(kind, 0, task, socket.container, NO_PAGE, bytes, this.object_name);
  }
}
