import { NO_PAGE, NO_TASK } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND } from '../../record/events.ts';
import { violation } from '../policies/policy.ts';
import type { World } from '../world.ts';
import type { Socket, SocketMemory } from './socket-memory.ts';
import {
  clampedWindow,
  grownSsthresh,
  growthRoom,
  INITIAL_WINDOW_BYTES,
  RTO_MAX_NS,
  RTO_MIN_NS,
  SEGMENT_BYTES,
  selectedWindow,
  ssthreshUnderPressure,
  TRUESIZE_BYTES,
  type Triple,
  windowFromSpace,
} from './tcp.ts';

/** Shorter segments do not open a window (`tcp_event_data_recv()`). */
const GROWTH_SEGMENT_BYTES = 128;

/** Segments in the order in which they were queued: their payload in bytes. */
class SegmentQueue {
  bytes = 0;
  private segments: number[] = [];
  private head = 0;

  get count(): number {
    return this.segments.length - this.head;
  }

  get first(): number {
    return this.segments[this.head];
  }

  add(bytes: number): void {
    this.segments.push(bytes);
    this.bytes += bytes;
  }

  /** Takes bytes off the first segment; true if nothing of it is left. */
  take(bytes: number): boolean {
    this.bytes -= bytes;
    this.segments[this.head] -= bytes;
    if (this.segments[this.head] > 0) return false;
    this.head++;
    if (this.head > 1_024 && this.head * 2 > this.segments.length) {
      this.segments = this.segments.slice(this.head);
      this.head = 0;
    }
    return true;
  }

  clear(): void {
    this.segments = [];
    this.head = 0;
    this.bytes = 0;
  }
}

/**
 * One direction of a TCP connection over loopback.
 *
 * `send` cuts what the task gives into segments, which wait in the write queue up to sndbuf (one is always taken, whatever the limits say). They leave in flights, as soon as
 * they fill the receiver's window or the task has no more to give: each costs `segment`; then one `round-trip` passes, the sender learns that they have arrived, frees them, and
 * learns of the new window. So throughput is a window for each round trip. A segment that arrives is charged to the receiving socket; where that fails it is
 * dropped, unless the receive queue is empty. It stays in the write queue and is sent again after 200 ms, then 400 ms … up to 120 s; nothing goes out meanwhile, and the
 * rest of its flight is not sent. `receive` takes from the receive queue and opens the window; the sender goes on at once when it has opened to twice what it was.
 *
 * Window rules are those of tcp.ts. Under pressure neither the window nor the buffers grow, and a window larger than four segments falls to four with the next segment; what
 * has been offered is never taken back. sndbuf doubles with every flight that filled it, up to tcp_wmem[2], unless there is pressure.
 * Left out: congestion window, delayed acknowledgements, merging of short segments, an out-of-order queue, receive-buffer tuning by round-trip time, the
 * window of nothing announced with the drop of a segment (ICSK_ACK_NOMEM).
 */
export class TcpConnection {
  /** A new one when somebody sends after the one before has closed. */
  sender: Socket;
  readonly receiver: Socket;
  /** Bytes of payload taken from senders, given to readers, and lost with a closed socket. */
  sent_bytes = 0;
  received_bytes = 0;
  discarded_bytes = 0;
  private readonly world: World;
  private readonly memory: SocketMemory;
  private readonly object_name: number;
  private readonly wmem: Triple;
  private readonly rmem: Triple;
  private readonly write_queue = new SegmentQueue();
  private readonly receive_queue = new SegmentQueue();
  /** The most that the receiver lets its window grow to at present. */
  private rcv_ssthresh = INITIAL_WINDOW_BYTES;
  private readonly window_clamp: number;
  /** Bytes that the receiver has offered and that have not been sent. */
  private window = 0;
  private shown_window = 0;
  private rto_ns = RTO_MIN_NS;
  /** Until then nothing goes out: the first segment of the write queue was dropped. */
  private retransmit_at_ns = 0;

  constructor(world: World, memory: SocketMemory, sockets: { sender: Socket; receiver: Socket }, object_name: number, sizes: { wmem: Triple; rmem: Triple }) {
    this.world = world;
    this.memory = memory;
    this.sender = sockets.sender;
    this.receiver = sockets.receiver;
    this.object_name = object_name;
    this.wmem = sizes.wmem;
    this.rmem = sizes.rmem;
    this.window_clamp = windowFromSpace(this.receiver.rcvbuf);
    this.window = Math.min(INITIAL_WINDOW_BYTES, this.window_clamp);
    this.rcv_ssthresh = this.window;
    this.showWindow();
  }

  get queued_bytes(): number {
    return this.write_queue.bytes + this.receive_queue.bytes;
  }

  /** Payload that has been sent and not yet arrived. */
  get unsent_bytes(): number {
    return this.write_queue.bytes;
  }

  /** Takes up to `bytes` and `segment_count` segments from a task. Returns the bytes taken: fewer where the write queue is full or memory cannot be had. */
  send(bytes: number, segment_count: number, task: number): number {
    let taken = 0;
    for (let count = 0; taken < bytes && count < segment_count && this.sender.open; count++) {
      const length = Math.min(bytes - taken, SEGMENT_BYTES);
      if (this.sender.wmem_queued >= this.sender.sndbuf) this.transmit(task);
      if (!this.sender.open || this.sender.wmem_queued >= this.sender.sndbuf) break;
      if (!this.queue(length, task)) {
        this.transmit(task);
        if (!this.sender.open || !this.queue(length, task)) break;
      }
      taken += length;
      if (this.write_queue.bytes >= this.window) this.transmit(task);
    }
    this.sent_bytes += taken;
    this.tell(KIND.tcp_send, this.sender, taken, task);
    this.count(COUNTER.tcp_sent, this.sender, taken, task);
    this.transmit(task);
    return taken;
  }

  /** Gives a task up to `bytes` from up to `segment_count` segments. Returns the bytes given. */
  receive(bytes: number, segment_count: number, task: number): number {
    let given = 0;
    for (let count = 0; given < bytes && count < segment_count && this.receive_queue.count > 0; count++) {
      const length = Math.min(bytes - given, this.receive_queue.first);
      given += length;
      if (!this.receive_queue.take(length)) continue;
      this.receiver.rmem_alloc -= TRUESIZE_BYTES;
      this.memory.release(this.receiver, TRUESIZE_BYTES);
    }
    this.received_bytes += given;
    this.tell(KIND.tcp_receive, this.receiver, given, task);
    if (given > 0) this.updateWindow();
    this.transmit(task);
    return given;
  }

  /** Lets the clock run to the retransmission that the connection waits for, and transmits. False: it waits for none. */
  waitForTimer(task: number): boolean {
    const { log } = this.world;
    if (this.write_queue.count === 0 || log.now_ns >= this.retransmit_at_ns) return false;
    log.now_ns = this.retransmit_at_ns;
    this.transmit(task);
    return true;
  }

  /** Both ends go: what is queued is lost. */
  close(): void {
    this.closeSender();
    if (!this.receiver.open) return;
    this.discarded_bytes += this.receive_queue.bytes;
    this.receive_queue.clear();
    this.window = 0;
    this.showWindow();
    this.memory.closed(this.receiver);
  }

  /** The sending end goes. */
  closeSender(): void {
    if (!this.sender.open) return;
    this.discarded_bytes += this.write_queue.bytes;
    this.write_queue.clear();
    this.memory.closed(this.sender);
  }

  /** Bytes are neither lost nor made, and each socket's grants are what it uses and has left. */
  check(): LabError | null {
    const accounted = this.received_bytes + this.queued_bytes + this.discarded_bytes;
    if (accounted !== this.sent_bytes) return violation('tcp: bytes received, queued and discarded against bytes sent', accounted, this.sent_bytes);
    if (this.sender.wmem_queued !== this.write_queue.count * TRUESIZE_BYTES)
      return violation('tcp: write memory against segments in the write queue', this.sender.wmem_queued, this.write_queue.count * TRUESIZE_BYTES);
    if (this.receiver.rmem_alloc !== this.receive_queue.count * TRUESIZE_BYTES)
      return violation('tcp: receive memory against segments in the receive queue', this.receiver.rmem_alloc, this.receive_queue.count * TRUESIZE_BYTES);
    return null;
  }

  /**
   * Puts a segment into the write queue. The first is taken by force, without asking, so that something is always on its way (`tcp_stream_alloc_skb()` with
   * `force_schedule`).
   */
  private queue(length: number, task: number): boolean {
    const { sender, memory } = this;
    const granted = this.write_queue.count === 0 ? memory.force(sender, TRUESIZE_BYTES, task) : memory.schedule(sender, TRUESIZE_BYTES, 'send', task);
    if (!granted || !sender.open) return false;
    sender.forward_alloc -= TRUESIZE_BYTES;
    sender.wmem_queued += TRUESIZE_BYTES;
    this.write_queue.add(length);
    return true;
  }

  /** Flights, until the window or the write queue is empty or a segment is dropped. */
  private transmit(task: number): void {
    const { log, program } = this.world;
    const { segment_ns, round_trip_ns } = program.machine.costs;
    while (this.sender.open && this.write_queue.count > 0 && this.write_queue.first <= this.window && log.now_ns >= this.retransmit_at_ns) {
      const filled = this.sender.wmem_queued >= this.sender.sndbuf;
      let arrived = 0;
      let dropped = false;
      while (this.write_queue.count > 0 && this.write_queue.first <= this.window) {
        log.now_ns += segment_ns;
        dropped = !this.arrive(this.write_queue.first, task);
        if (!this.sender.open) return;
        if (dropped) break;
        this.window -= this.write_queue.first;
        this.write_queue.take(this.write_queue.first);
        arrived++;
      }
      log.now_ns += round_trip_ns;
      this.acknowledge(arrived, filled);
      if (!dropped) continue;
      this.retransmit_at_ns = log.now_ns + this.rto_ns;
      this.rto_ns = Math.min(2 * this.rto_ns, RTO_MAX_NS);
    }
  }

  /** A segment reaches the receiver: `tcp_data_queue()`, `tcp_try_rmem_schedule()` and `tcp_prune_queue()`. False: it is dropped, or the connection is gone. */
  private arrive(length: number, task: number): boolean {
    const { receiver, memory } = this;
    if (!this.hasRoom(task)) {
      if (receiver.open) this.prune();
      // Into an empty queue a segment is taken by force, so that the reader gets on.
      const granted =
        receiver.open && (this.hasRoom(task) || (receiver.open && this.receive_queue.count === 0 && memory.force(receiver, TRUESIZE_BYTES, task)));
      if (!receiver.open) return false;
      if (!granted) {
        this.tell(KIND.tcp_drop, receiver, length, task);
        this.count(COUNTER.tcp_dropped, receiver, length, task);
        return false;
      }
    }
    receiver.forward_alloc -= TRUESIZE_BYTES;
    receiver.rmem_alloc += TRUESIZE_BYTES;
    this.receive_queue.add(length);
    if (length < GROWTH_SEGMENT_BYTES) return true;
    // `tcp_grow_window()` looks for room first: without any a window is left as it is, under pressure too.
    if (growthRoom(this.receiving) <= 0) return true;
    if (memory.underPressure(receiver)) this.rcv_ssthresh = ssthreshUnderPressure(this.rcv_ssthresh);
    else this.rcv_ssthresh = grownSsthresh(this.receiving, length, TRUESIZE_BYTES, this.rmem[2]);
    return true;
  }

  private get receiving(): { rcv_ssthresh: number; window_clamp: number; rcvbuf: number; rmem_alloc: number } {
    const { rcvbuf, rmem_alloc } = this.receiver;
    return { rcv_ssthresh: this.rcv_ssthresh, window_clamp: this.window_clamp, rcvbuf, rmem_alloc };
  }

  private hasRoom(task: number): boolean {
    const { receiver, memory } = this;
    return receiver.rmem_alloc <= receiver.rcvbuf && memory.schedule(receiver, TRUESIZE_BYTES, 'arrival', task);
  }

  private prune(): void {
    const { receiver, memory } = this;
    if (receiver.rmem_alloc >= receiver.rcvbuf) {
      const may_grow = !receiver.rcvbuf_locked && memory.mayGrow(receiver);
      const clamped = clampedWindow(this.receiving, may_grow, this.rmem[2]);
      receiver.rcvbuf = clamped.rcvbuf;
      this.rcv_ssthresh = clamped.rcv_ssthresh;
    } else if (memory.underPressure(receiver)) this.rcv_ssthresh = ssthreshUnderPressure(this.rcv_ssthresh);
  }

  /** The sender learns that so many segments have arrived, and of the window. `filled`: its write queue had been full. */
  private acknowledge(segment_count: number, filled: boolean): void {
    const { sender, memory } = this;
    if (segment_count > 0) {
      sender.wmem_queued -= segment_count * TRUESIZE_BYTES;
      memory.release(sender, segment_count * TRUESIZE_BYTES);
      this.rto_ns = RTO_MIN_NS;
      if (filled && !sender.sndbuf_locked && memory.mayGrow(sender)) sender.sndbuf = Math.max(sender.sndbuf, Math.min(2 * sender.sndbuf, this.wmem[2]));
    }
    this.window = Math.max(this.window, this.selectWindow());
    this.showWindow();
  }

  /** After a read (`__tcp_cleanup_rbuf()`): an update goes out at once if the window can be offered twice as large as what is left of it. */
  private updateWindow(): void {
    if (2 * this.window > this.window_clamp) return;
    const selected = this.selectWindow();
    if (selected > 0 && selected >= 2 * this.window) this.window = selected;
    this.showWindow();
  }

  private selectWindow(): number {
    const { receiver, memory } = this;
    const full = Math.min(this.window_clamp, windowFromSpace(receiver.rcvbuf));
    if (windowFromSpace(receiver.rcvbuf - receiver.rmem_alloc) < Math.floor(full / 2) && memory.underPressure(receiver))
      this.rcv_ssthresh = ssthreshUnderPressure(this.rcv_ssthresh);
    return selectedWindow(this.receiving);
  }

  private showWindow(): void {
    if (this.window === this.shown_window) return;
    this.world.log.emit(KIND.tcp_window, 0, NO_TASK, this.receiver.container, NO_PAGE, this.window, this.object_name);
    this.count(COUNTER.tcp_window, this.receiver, this.window - this.shown_window, NO_TASK);
    this.shown_window = this.window;
  }

  private tell(kind: number, socket: Socket, bytes: number, task: number): void {
    if (bytes > 0) this.world.log.emit(kind, 0, task, socket.container, NO_PAGE, bytes, this.object_name);
  }

  private count(counter: number, socket: Socket, amount: number, task: number): void {
    this.world.accounts.change(socket.container, counter, amount, task);
  }
}
