/*
 * A naive reference for the axis of sockets, from the rules alone: plain records, every sum worked out anew whenever it is asked for. No reclaim and no page
 * cache: sockets are all that is charged. Machine and container limits, windows, drops, retransmission, pressure and the lives of connections are here.
 */

const PAGE = 4_096;
const MSS = 1_460;
const SKB = 2_304;
const DATAGRAM = 1_472;
/** tcp_wmem[1]. */
const SNDBUF = 16_384;
const SECOND_NS = 1_000_000_000;

export interface ReferenceContainer {
  readonly path: string;
  readonly parent: string | null;
  max_pages: number;
  tcp_max_pages: number;
  exists: boolean;
}

export interface ReferenceSetting {
  readonly policy: 'none' | 'separate' | 'unified';
  readonly memory_pages: number;
  readonly segment_ns: number;
  readonly round_trip_ns: number;
}

interface End {
  readonly protocol: 'tcp' | 'udp';
  readonly container: string;
  readonly tracked: boolean;
  pages: number;
  /** Truesize of each buffer that the socket holds, as a count. */
  buffers: number;
  open: boolean;
}

interface Connection {
  readonly protocol: 'tcp' | 'udp';
  sender: End;
  readonly receiver: End;
  readonly senders: Set<string>;
  readonly readers: Set<string>;
  was_read: boolean;
  to_send: number[];
  arrived: number[];
  sndbuf: number;
  rcvbuf: number;
  readonly sndbuf_fixed: boolean;
  readonly rcvbuf_fixed: boolean;
  window: number;
  readonly clamp: number;
  ssthresh: number;
  wait_ns: number;
  retry_at_ns: number;
}

export interface ReferenceSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly receiver?: string;
  readonly sndbuf?: number;
  readonly rcvbuf?: number;
  /** First task that receives from it in the scenario. */
  readonly first_reader: string | null;
}

/** The machine of the reference. Steps change it; `shown` tells a counter of a container. */
export class ReferenceSockets {
  now_ns = 0;
  readonly containers: ReferenceContainer[];
  private readonly setting: ReferenceSetting;
  private readonly sockets: Readonly<Record<string, ReferenceSocket>>;
  /** Container of each task that lives. */
  private readonly tasks = new Map<string, string>();
  private readonly connections = new Map<string, Connection>();
  private readonly failures = new Map<string, number>();
  private readonly sent = new Map<string, number>();
  private readonly dropped = new Map<string, number>();
  private readonly tcp_pressed = new Set<string>();
  private readonly pressed_until_ns = new Map<string, number>();
  private machine_pressure = false;
  /** Sums over the whole life: bytes given by senders, read, dropped for good, and lost with connections. */
  readonly bytes = { sent: 0, read: 0, dropped: 0, lost: 0 };

  constructor(setting: ReferenceSetting, containers: ReferenceContainer[], sockets: Readonly<Record<string, ReferenceSocket>>) {
    this.setting = setting;
    this.containers = containers;
    this.sockets = sockets;
  }

  // Steps

  start(task: string, path: string): void {
    if (!this.tasks.has(task) && this.container(path).exists) this.tasks.set(task, path);
  }

  fork(parent: string, child: string): void {
    const path = this.tasks.get(parent);
    if (path === undefined || this.tasks.has(child)) return;
    this.tasks.set(child, path);
    for (const { senders, readers } of this.connections.values()) for (const holders of [senders, readers]) if (holders.has(parent)) holders.add(child);
  }

  move(task: string, path: string): void {
    if (this.tasks.has(task) && this.container(path).exists) this.tasks.set(task, path);
  }

  exit(task: string): void {
    const path = this.tasks.get(task);
    if (path === undefined) return;
    this.tasks.delete(task);
    for (const [name, connection] of this.connections) {
      const { senders, readers, receiver, was_read } = connection;
      const concerned = senders.delete(task);
      const read = readers.delete(task);
      if (!concerned && !read && (was_read || receiver.container !== path)) continue;
      const neighbours = [...this.tasks.values()].filter((at) => at === receiver.container).length;
      const can_be_read = was_read ? readers.size > 0 : neighbours > 0 || (senders.size > 0 && path !== receiver.container);
      if (can_be_read) this.endSender(connection);
      else this.reset(name, connection);
    }
  }

  remove(path: string): void {
    const busy = [...this.tasks.values()].includes(path) || this.containers.some(({ parent, exists }) => parent === path && exists);
    if (busy || !this.container(path).exists) return;
    for (const [name, connection] of this.connections) if (!connection.was_read && connection.receiver.container === path) this.reset(name, connection);
    this.container(path).exists = false;
  }

  transfer(verb: 'send' | 'receive', name: string, task: string, bytes: number): void {
    if (!this.tasks.has(task)) return;
    let left = bytes;
    for (let idle = 0; left > 0 && idle < 3; ) {
      const connection = this.use(verb, name, task);
      const moved = connection === null ? 0 : this.slice(verb, connection, left);
      left -= moved;
      for (const each of this.connections.values()) this.endSender(each);
      if (moved > 0) {
        idle = 0;
        continue;
      }
      idle++;
      if (idle < 2 || left <= 0) continue;
      const waits = idle === 2 && connection !== null && connection.to_send.length > 0 && this.now_ns < connection.retry_at_ns;
      if (!waits) return;
      this.now_ns = connection.retry_at_ns;
      this.transmit(connection);
    }
  }

  // Figures

  /** A counter of a container as it is shown: hierarchical but for failures. */
  shown(counter: 'sock' | 'tcp' | 'current' | 'tcp_failcnt' | 'tcp_sent' | 'tcp_dropped' | 'tcp_window', path: string): number {
    const { policy } = this.setting;
    if (counter === 'tcp_failcnt') return this.failures.get(path) ?? 0;
    if (counter === 'tcp_sent' || counter === 'tcp_dropped') return this.total(counter === 'tcp_sent' ? this.sent : this.dropped, path);
    if (counter === 'tcp_window')
      return [...this.connections.values()].reduce((sum, { receiver, window }) => sum + (this.isBelow(receiver.container, path) ? window : 0), 0);
    return (counter === 'tcp') === (policy === 'separate') ? this.charged(path) : 0;
  }

  /** Bytes on their way. */
  get queued_bytes(): number {
    return [...this.connections.values()].reduce((sum, { to_send, arrived }) => sum + [...to_send, ...arrived].reduce((bytes, one) => bytes + one, 0), 0);
  }

  private total(counts: ReadonlyMap<string, number>, path: string): number {
    return [...counts].reduce((sum, [at, count]) => sum + (this.isBelow(at, path) ? count : 0), 0);
  }

  private charged(path: string): number {
    return this.ends().reduce((pages, end) => pages + (end.tracked && this.isBelow(end.container, path) ? end.pages : 0), 0);
  }

  private container(path: string): ReferenceContainer {
    const found = this.containers.find((candidate) => candidate.path === path);
    if (found === undefined) throw new Error(`no container ${path}`);
    return found;
  }

  private chain(path: string): string[] {
    const { parent } = this.container(path);
    return parent === null ? [path] : [path, ...this.chain(parent)];
  }

  private isBelow(path: string, ancestor: string): boolean {
    return this.chain(path).includes(ancestor);
  }

  private ends(): End[] {
    return [...this.connections.values()].flatMap(({ sender, receiver }) => [sender, receiver]).filter(({ open }) => open);
  }

  // Lives of connections

  private use(verb: 'send' | 'receive', name: string, task: string): Connection | null {
    const found = this.connections.get(name);
    if (verb === 'receive') {
      found?.readers.add(task);
      if (found !== undefined) found.was_read = true;
      return found ?? null;
    }
    const connection = found ?? this.connect(name, task);
    if (!connection.sender.open) {
      // Another socket: its send buffer has not grown yet.
      connection.sender = this.end(connection.protocol, this.tasks.get(task) ?? '.');
      connection.sndbuf = this.sockets[name].sndbuf ?? SNDBUF;
    }
    connection.senders.add(task);
    return connection;
  }

  private connect(name: string, task: string): Connection {
    const { protocol, receiver, sndbuf, rcvbuf, first_reader } = this.sockets[name];
    const own = this.tasks.get(task) ?? '.';
    const reader = first_reader === null ? undefined : this.tasks.get(first_reader);
    const given = receiver !== undefined && this.container(receiver).exists ? receiver : undefined;
    const buffer = rcvbuf ?? (protocol === 'tcp' ? 131_072 : 212_992);
    const clamp = Math.floor(buffer / 2);
    const window = protocol === 'tcp' ? Math.min(10 * MSS, clamp) : 0;
    const connection: Connection = {
      protocol,
      sender: this.end(protocol, own),
      receiver: this.end(protocol, given ?? reader ?? own),
      senders: new Set(),
      readers: new Set(),
      was_read: false,
      to_send: [],
      arrived: [],
      sndbuf: sndbuf ?? SNDBUF,
      rcvbuf: buffer,
      sndbuf_fixed: sndbuf !== undefined,
      rcvbuf_fixed: rcvbuf !== undefined,
      window,
      clamp,
      ssthresh: window,
      wait_ns: SECOND_NS / 5,
      retry_at_ns: 0,
    };
    this.connections.set(name, connection);
    return connection;
  }

  private end(protocol: 'tcp' | 'udp', container: string): End {
    // Neither v1's counter nor the posting of 2015 knows UDP; nobody asked for the root to be tracked.
    const tracked = this.setting.policy !== 'none' && container !== '.' && protocol === 'tcp';
    return { protocol, container, tracked, pages: 0, buffers: 0, open: true };
  }

  private endSender(connection: Connection): void {
    if (connection.senders.size > 0 || connection.to_send.length > 0) return;
    this.closeEnd(connection.sender);
  }

  private reset(name: string, connection: Connection): void {
    this.bytes.lost += [...connection.to_send, ...connection.arrived].reduce((sum, one) => sum + one, 0);
    this.closeEnd(connection.sender);
    this.closeEnd(connection.receiver);
    this.connections.delete(name);
  }

  private closeEnd(end: End): void {
    if (!end.open) return;
    end.open = false;
    if (end.protocol === 'tcp' && end.pages > 0) this.machineShrank();
  }

  // Memory

  /** tcp_mem and udp_mem: a sixteenth or an eighth of memory, three quarters of that, and twice those. */
  private thresholds(protocol: 'tcp' | 'udp'): [number, number, number] {
    const limit = Math.max(Math.floor(this.setting.memory_pages / (protocol === 'tcp' ? 16 : 8)), 128);
    const low = Math.floor(limit / 4) * 3;
    return [low, limit, 2 * low];
  }

  private machinePages(protocol: 'tcp' | 'udp'): number {
    return this.ends().reduce((pages, end) => pages + (end.protocol === protocol ? end.pages : 0), 0);
  }

  private machineShrank(): void {
    if (this.machinePages('tcp') < this.thresholds('tcp')[0]) this.machine_pressure = false;
  }

  /** Whether a container's account takes pages; the state of its pressure follows. */
  private accountTakes(end: End, pages: number): boolean {
    if (!end.tracked) return true;
    const { policy } = this.setting;
    const limit = (path: string): number => (policy === 'separate' ? this.container(path).tcp_max_pages : this.container(path).max_pages);
    const full = this.chain(end.container).find((path) => this.charged(path) + pages > limit(path));
    if (policy === 'separate') {
      if (full === undefined) this.tcp_pressed.delete(end.container);
      else {
        this.tcp_pressed.add(end.container);
        this.failures.set(full, (this.failures.get(full) ?? 0) + 1);
      }
    } else if (full !== undefined) this.pressed_until_ns.set(full, this.now_ns + SECOND_NS);
    return full === undefined;
  }

  private isPressed(end: End): boolean {
    if (end.protocol === 'tcp' && this.machine_pressure) return true;
    if (!end.tracked) return false;
    if (this.setting.policy === 'separate') return this.tcp_pressed.has(end.container);
    return this.chain(end.container).some((path) => (this.pressed_until_ns.get(path) ?? 0) > this.now_ns);
  }

  private mayGrow(end: End): boolean {
    return !this.isPressed(end) && this.machinePages('tcp') < this.thresholds('tcp')[0];
  }

  /** One more buffer for an end. `sndbuf`: of a stream that sends. */
  private grant(end: End, sending: Connection | null): boolean {
    const missing = SKB - (end.pages * PAGE - end.buffers * SKB);
    if (missing <= 0) return true;
    const pages = Math.ceil(missing / PAGE);
    const taken = this.accountTakes(end, pages);
    if (taken && this.machineTakes(end, pages)) {
      end.pages += pages;
      return true;
    }
    if (sending === null || end.protocol === 'udp') return false;
    if (!sending.sndbuf_fixed) sending.sndbuf = Math.max(2 * SKB, Math.min(sending.sndbuf, Math.floor((end.buffers * SKB) / 2)));
    if (end.buffers * SKB + SKB < sending.sndbuf) return false;
    if (!taken) this.accountTakes(end, pages);
    end.pages += pages;
    return true;
  }

  private force(end: End): void {
    const missing = SKB - (end.pages * PAGE - end.buffers * SKB);
    if (missing <= 0) return;
    const pages = Math.ceil(missing / PAGE);
    this.accountTakes(end, pages);
    end.pages += pages;
  }

  private machineTakes(end: End, pages: number): boolean {
    const [low, pressure, hard] = this.thresholds(end.protocol);
    const total = this.machinePages(end.protocol) + pages;
    const is_tcp = end.protocol === 'tcp';
    if (total <= low) {
      if (is_tcp) this.machine_pressure = false;
      return true;
    }
    if (is_tcp && total > pressure) this.machine_pressure = true;
    if (total > hard) return false;
    if (end.buffers * SKB < PAGE) return true;
    if (!is_tcp) return false;
    const count = this.ends().filter(({ protocol }) => protocol === 'tcp').length;
    return !this.machine_pressure || hard > count * end.pages;
  }

  private free(end: End, count: number): void {
    end.buffers -= count;
    const spare = Math.floor((end.pages * PAGE - end.buffers * SKB) / PAGE);
    if (spare === 0) return;
    end.pages -= spare;
    if (end.protocol === 'tcp') this.machineShrank();
  }

  // Bytes

  private slice(verb: 'send' | 'receive', connection: Connection, bytes: number): number {
    if (verb === 'receive') return this.read(connection, bytes);
    const taken = connection.protocol === 'udp' ? this.throwDatagrams(connection, bytes) : this.take(connection, bytes);
    this.bytes.sent += taken;
    this.sent.set(connection.sender.container, (this.sent.get(connection.sender.container) ?? 0) + taken);
    if (connection.protocol === 'tcp') this.transmit(connection);
    return taken;
  }

  private throwDatagrams(connection: Connection, bytes: number): number {
    const { receiver } = connection;
    for (let left = bytes; left > 0; left -= DATAGRAM) {
      const length = Math.min(left, DATAGRAM);
      this.now_ns += this.setting.segment_ns;
      if (receiver.buffers * SKB <= connection.rcvbuf && this.grant(receiver, null)) {
        receiver.buffers++;
        connection.arrived.push(length);
      } else {
        this.drop(receiver, length);
        this.bytes.dropped += length;
      }
    }
    return bytes;
  }

  private drop(end: End, length: number): void {
    this.dropped.set(end.container, (this.dropped.get(end.container) ?? 0) + length);
  }

  private take(connection: Connection, bytes: number): number {
    const { sender } = connection;
    const queue = (length: number): boolean => {
      if (connection.to_send.length === 0) this.force(sender);
      else if (!this.grant(sender, connection)) return false;
      sender.buffers++;
      connection.to_send.push(length);
      return true;
    };
    let taken = 0;
    while (taken < bytes) {
      const length = Math.min(bytes - taken, MSS);
      if (sender.buffers * SKB >= connection.sndbuf) this.transmit(connection);
      if (sender.buffers * SKB >= connection.sndbuf) break;
      if (!queue(length)) {
        this.transmit(connection);
        if (!queue(length)) break;
      }
      taken += length;
      if (connection.to_send.reduce((sum, one) => sum + one, 0) >= connection.window) this.transmit(connection);
    }
    return taken;
  }

  private transmit(connection: Connection): void {
    const { sender, to_send } = connection;
    while (to_send.length > 0 && to_send[0] <= connection.window && this.now_ns >= connection.retry_at_ns) {
      const was_full = sender.buffers * SKB >= connection.sndbuf;
      let acknowledged = 0;
      let lost = false;
      while (!lost && to_send.length > 0 && to_send[0] <= connection.window) {
        this.now_ns += this.setting.segment_ns;
        if (!this.arrive(connection, to_send[0])) {
          lost = true;
          continue;
        }
        connection.window -= to_send[0];
        to_send.shift();
        acknowledged++;
      }
      this.now_ns += this.setting.round_trip_ns;
      if (acknowledged > 0) {
        this.free(sender, acknowledged);
        connection.wait_ns = SECOND_NS / 5;
        const largest = Math.max(65_536, Math.min(4 * 2 ** 20, this.setting.memory_pages * 32));
        if (was_full && !connection.sndbuf_fixed && this.mayGrow(sender) && connection.sndbuf < largest)
          connection.sndbuf = Math.min(largest, 2 * connection.sndbuf);
      }
      connection.window = Math.max(connection.window, this.offer(connection));
      if (!lost) continue;
      connection.retry_at_ns = this.now_ns + connection.wait_ns;
      connection.wait_ns = Math.min(120 * SECOND_NS, 2 * connection.wait_ns);
    }
  }

  private arrive(connection: Connection, length: number): boolean {
    const { receiver } = connection;
    const fits = (): boolean => receiver.buffers * SKB <= connection.rcvbuf && this.grant(receiver, null);
    if (!fits()) {
      if (receiver.buffers * SKB >= connection.rcvbuf) {
        const largest = this.largestRcvbuf();
        if (!connection.rcvbuf_fixed && this.mayGrow(receiver) && connection.rcvbuf < largest) connection.rcvbuf = Math.min(receiver.buffers * SKB, largest);
        if (receiver.buffers * SKB > connection.rcvbuf) connection.ssthresh = Math.min(connection.clamp, 2 * MSS);
      } else if (this.isPressed(receiver)) connection.ssthresh = Math.min(connection.ssthresh, 4 * MSS);
      if (!fits()) {
        if (connection.arrived.length > 0) {
          this.drop(receiver, length);
          return false;
        }
        this.force(receiver);
      }
    }
    receiver.buffers++;
    connection.arrived.push(length);
    if (length >= 128) this.grow(connection, length);
    return true;
  }

  private largestRcvbuf(): number {
    return Math.max(131_072, Math.min(6 * 2 ** 20, this.setting.memory_pages * 32));
  }

  private grow(connection: Connection, length: number): void {
    const room = Math.min(connection.clamp, this.freeWindow(connection)) - connection.ssthresh;
    if (room <= 0) return;
    if (this.isPressed(connection.receiver)) connection.ssthresh = Math.min(connection.ssthresh, 4 * MSS);
    else if (this.isWorthIt(connection.ssthresh, length)) connection.ssthresh += Math.min(room, Math.max(2 * MSS, 2 * length));
  }

  /** A segment with much overhead opens the window only while that is small: with twice the overhead for each halving of the largest window. */
  private isWorthIt(ssthresh: number, length: number): boolean {
    if (length >= SKB / 2) return true;
    for (let halvings = 2; ssthresh <= Math.floor(this.largestRcvbuf() / 2 ** halvings); halvings++) if (Math.floor(SKB / 2 ** halvings) <= length) return true;
    return false;
  }

  private freeWindow(connection: Connection): number {
    return Math.max(0, Math.floor((connection.rcvbuf - connection.receiver.buffers * SKB) / 2));
  }

  private offer(connection: Connection): number {
    const free = this.freeWindow(connection);
    const whole = Math.min(connection.clamp, Math.floor(connection.rcvbuf / 2));
    if (free < Math.floor(whole / 2)) {
      if (this.isPressed(connection.receiver)) connection.ssthresh = Math.min(connection.ssthresh, 4 * MSS);
      if (free < Math.floor(whole / 16) || free < MSS) return 0;
    }
    return Math.floor(Math.min(free, connection.ssthresh) / MSS) * MSS;
  }

  private read(connection: Connection, bytes: number): number {
    const { receiver, arrived, protocol } = connection;
    let given = 0;
    let freed = 0;
    while (given < bytes && arrived.length > 0) {
      const length = protocol === 'udp' ? arrived[0] : Math.min(bytes - given, arrived[0]);
      given += length;
      arrived[0] -= length;
      if (arrived[0] > 0) break;
      arrived.shift();
      freed++;
      if (protocol === 'tcp') this.free(receiver, 1);
    }
    if (protocol === 'udp') this.free(receiver, freed);
    this.bytes.read += given;
    if (protocol === 'udp') return given;
    if (given > 0 && 2 * connection.window <= connection.clamp) {
      const offered = this.offer(connection);
      if (offered > 0 && offered >= 2 * connection.window) connection.window = offered;
    }
    this.transmit(connection);
    return given;
  }
}
