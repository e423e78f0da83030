import { NO_PAGE, PAGE_SIZE_BYTES } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { ERRNO, KIND } from '../../record/events.ts';
import type { ObjectSpec, Op, Step } from '../../scenario/program.ts';
import type { AxisOp, SlicedAxisModule, Work } from '../axis-module.ts';
import { type PolicyCost, violation } from '../policies/policy.ts';
import type { SocketPolicy } from '../policies/socket-policy.ts';
import type { World } from '../world.ts';
import { type Socket, SocketMemory } from './socket-memory.ts';
import { tcpRmem, tcpWmem } from './tcp.ts';
import { TcpConnection } from './tcp-connection.ts';
import { UDP_RCVBUF_BYTES, UdpFlow } from './udp-flow.ts';
import { type SendWork, ZeroCopySends } from './zero-copy.ts';

type SocketSpec = Extract<ObjectSpec, { kind: 'socket' }>;
type SocketOp = AxisOp<'sockets'>;

/** A connection that is open, and who holds its ends. */
interface Connection {
  readonly flow: TcpConnection | UdpFlow;
  readonly senders: Set<number>;
  readonly receivers: Set<number>;
  /** Whether a task has ever received from it. */
  was_read: boolean;
}

/** Slices without progress after which an operation waits for a retransmission; with one more it ends. */
const IDLE_SLICES_MAX = 2;

/**
 * Connections over loopback: for each socket object of the scenario one at a time, with a sending and a receiving socket. tcp-connection.ts and udp-flow.ts move the bytes,
 * socket-memory.ts grants memory, the policy of sockets says who pays.
 *
 * A connection opens with the first `send`. Its sending socket belongs to the container of that task; its receiving socket to `receiver`, else to the container of the
 * first task that receives in the scenario if it runs by then, else to that of the sender. Both keep their container for life.
 *
 * `send` and `receive` do what they can, segment by segment, and may be interleaved by `together`. One that cannot go on gives the others a slice; if that brings nothing it
 * lets the clock run to a retransmission that is due; after that it ends short, with EAGAIN.
 *
 * An end is held by the tasks that used it, and by their children. When the last of them exits the sending end closes, once what it has queued has arrived: that belongs to
 * the other end already. When the last reader exits the connection is reset: both ends close and what is queued is lost. A receiving end that nobody has read from is
 * held by its container: it closes when the last task there exits, when the container is removed, or with the sending end where the container runs no task. Who sends
 * to a connection without a sending end opens one of its own to the same receiving end.
 */
export class Sockets implements SlicedAxisModule<'sockets'> {
  private readonly world: World;
  private readonly policy: SocketPolicy;
  private readonly memory: SocketMemory;
  private readonly zero_copy: ZeroCopySends;
  /** Open connections by object of the program, in the order in which they were opened. */
  private readonly connections = new Map<number, Connection>();
  /** First task that receives from an object in the scenario; −1: none does. */
  private readonly first_receivers: readonly number[];

  constructor(world: World, policy: SocketPolicy) {
    this.world = world;
    this.policy = policy;
    this.memory = new SocketMemory(world, this.policy);
    this.zero_copy = new ZeroCopySends(world);
    this.first_receivers = firstReceivers(world);
  }

  get frame_count(): number {
    return this.openSockets().reduce((sum, { frames }) => sum + frames.length, 0);
  }

  begin(op: SocketOp): Work {
    const work = this.transfer(op);
    return op.zerocopy === true ? this.zero_copy.begin(op.task, op.size_bytes, () => this.tcpOf(op), work) : work;
  }

  private transfer(op: SocketOp): SendWork {
    let left = op.size_bytes;
    let idle_slices = 0;
    return {
      get moved_bytes() {
        return op.size_bytes - left;
      },
      advance: (count) => {
        if (this.world.spaces.alive[op.task] === 0) return false;
        const flow = this.connect(op)?.flow;
        const moved = flow?.[op.verb](left, count, op.task) ?? 0;
        left -= moved;
        this.closeIdle();
        if (left <= 0 || this.world.spaces.alive[op.task] === 0) return false;
        if (moved > 0) idle_slices = 0;
        else if (++idle_slices === IDLE_SLICES_MAX && flow?.waitForTimer(op.task) === true) return true;
        if (idle_slices < IDLE_SLICES_MAX) return true;
        this.world.log.emit(KIND.op_fail, ERRNO.EAGAIN, op.task, this.world.spaces.container[op.task], NO_PAGE, 0, 0);
        return false;
      },
    };
  }

  create(container: number): void {
    this.policy.create(container);
  }

  /** A child holds what its parent holds. */
  started(task: number, parent: number): void {
    if (parent === -1) return;
    for (const { senders, receivers } of this.connections.values()) {
      if (senders.has(parent)) senders.add(task);
      if (receivers.has(parent)) receivers.add(task);
    }
  }

  exiting(task: number): void {
    const { container } = this.world.spaces;
    for (const [object, connection] of this.connections) {
      const { flow, senders, receivers } = connection;
      const was_sender = senders.delete(task);
      const was_reader = receivers.delete(task);
      const unread_here = !connection.was_read && container[task] === flow.receiver.container;
      if (!was_sender && !was_reader && !unread_here) continue;
      if (this.isReceiverHeld(connection, task)) this.closeIdleSender(connection);
      else this.close(object, connection);
    }
  }

  remove(container: number): void {
    for (const [object, connection] of this.connections)
      if (!connection.was_read && connection.flow.receiver.container === container) this.close(object, connection);
  }

  holds(container: number): boolean {
    return this.openSockets().some((socket) => socket.tracked && socket.container === container);
  }

  chargedPages(container: number): number {
    return this.policy.chargedPages(container);
  }

  settle(): void {
    this.zero_copy.settle();
    this.policy.settle();
  }

  check(): LabError | null {
    const held = new Map<number, number>();
    const allocated = { tcp: 0, udp: 0 };
    for (const { flow } of this.connections.values()) {
      const broken = flow.check();
      if (broken !== null) return broken;
    }
    for (const { protocol, tracked, container, frames, forward_alloc, wmem_queued, rmem_alloc } of this.openSockets()) {
      const used = forward_alloc + wmem_queued + rmem_alloc;
      if (used !== frames.length * PAGE_SIZE_BYTES)
        return violation('sockets: bytes used and left of a grant against its pages', used, frames.length * PAGE_SIZE_BYTES);
      allocated[protocol] += frames.length;
      if (tracked) held.set(container, (held.get(container) ?? 0) + frames.length);
    }
    for (const protocol of ['tcp', 'udp'] as const) {
      const counted = this.memory.allocatedPages(protocol);
      if (counted !== allocated[protocol])
        return violation(`sockets: pages allocated to ${protocol} against those of its sockets`, counted, allocated[protocol]);
    }
    return this.policy.check(held);
  }

  cost(): PolicyCost {
    return this.policy.cost();
  }

  private openSockets(): Socket[] {
    return [...this.connections.values()].flatMap(({ flow }) => [flow.sender, flow.receiver]).filter(({ open }) => open);
  }

  /** The connection of an operation, with its task as a holder of its end; opened if the task sends. Null: nobody has sent yet. */
  private connect(op: SocketOp): Connection | null {
    const found = this.connections.get(op.object);
    if (op.verb === 'receive') {
      if (found === undefined) return null;
      found.receivers.add(op.task);
      found.was_read = true;
      return found;
    }
    const connection = found ?? this.open(op);
    if (!connection.flow.sender.open) connection.flow.sender = this.socket(this.specOf(op.object), this.world.spaces.container[op.task]);
    connection.senders.add(op.task);
    return connection;
  }

  /** The compiler lets only tcp sockets send without a copy. */
  private tcpOf(op: SocketOp): TcpConnection | null {
    const flow = this.connect(op)?.flow;
    return flow instanceof TcpConnection ? flow : null;
  }

  private open(op: SocketOp): Connection {
    const spec = this.specOf(op.object);
    const sockets = { sender: this.socket(spec, this.world.spaces.container[op.task]), receiver: this.socket(spec, this.receiverOf(op, spec)) };
    const { memory_pages } = this.world.program.machine;
    const name = this.world.machine.object_names.indexOf(spec.name);
    const flow =
      spec.protocol === 'udp'
        ? new UdpFlow(this.world, this.memory, sockets, name)
        : new TcpConnection(this.world, this.memory, sockets, name, { wmem: tcpWmem(memory_pages), rmem: tcpRmem(memory_pages) });
    const connection: Connection = { flow, senders: new Set(), receivers: new Set(), was_read: false };
    this.connections.set(op.object, connection);
    return connection;
  }

  private specOf(object: number): SocketSpec {
    const spec = this.world.program.objects[object];
    // The compiler lets `send` and `receive` name sockets only.
    if (spec.kind !== 'socket') throw new Error(`${spec.name} is no socket`);
    return spec;
  }

  private receiverOf(op: SocketOp, spec: SocketSpec): number {
    const { container_by_path, spaces } = this.world;
    if (spec.receiver !== undefined && container_by_path[spec.receiver] !== -1) return container_by_path[spec.receiver];
    const reader = this.first_receivers[op.object];
    return spaces.container[reader !== -1 && spaces.alive[reader] === 1 ? reader : op.task];
  }

  private socket(spec: SocketSpec, container: number): Socket {
    const { memory_pages } = this.world.program.machine;
    const { protocol } = spec;
    const socket: Socket = {
      protocol,
      container,
      tracked: this.policy.tracks(container, protocol),
      frames: [],
      forward_alloc: 0,
      wmem_queued: 0,
      rmem_alloc: 0,
      sndbuf: spec.sndbuf_bytes ?? tcpWmem(memory_pages)[1],
      rcvbuf: spec.rcvbuf_bytes ?? (protocol === 'tcp' ? tcpRmem(memory_pages)[1] : UDP_RCVBUF_BYTES),
      sndbuf_locked: spec.sndbuf_bytes !== undefined,
      rcvbuf_locked: spec.rcvbuf_bytes !== undefined,
      open: true,
    };
    this.memory.opened(socket);
    return socket;
  }

  /** Whether somebody may still read from a connection, when `leaving` has exited. */
  private isReceiverHeld(connection: Connection, leaving: number): boolean {
    const { tree, spaces } = this.world;
    if (connection.was_read) return connection.receivers.size > 0;
    const { container } = connection.flow.receiver;
    const others = tree.live_task_count[container] - (spaces.container[leaving] === container ? 1 : 0);
    return others > 0 || (connection.senders.size > 0 && spaces.container[leaving] !== container);
  }

  private close(object: number, connection: Connection): void {
    connection.flow.close();
    this.connections.delete(object);
  }

  /** Sending ends that nobody holds any more and that have nothing left to send. */
  private closeIdle(): void {
    for (const connection of this.connections.values()) this.closeIdleSender(connection);
  }

  private closeIdleSender({ flow, senders }: Connection): void {
    if (senders.size === 0 && flow.unsent_bytes === 0) flow.closeSender();
  }
}

/** For each object of the program the first task that receives from it in the order of the steps, −1 where none does. */
function firstReceivers({ program }: World): readonly number[] {
  const first = program.objects.map(() => -1);
  const visit = (op: Op): void => {
    if (op.verb === 'receive' && first[op.object] === -1) first[op.object] = op.task;
  };
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'op') visit(step.op);
      else if (step.kind === 'together') step.parts.forEach(visit);
      else walk(step.steps);
    }
  };
  walk(program.steps);
  return first;
}
