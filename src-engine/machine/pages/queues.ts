/** A queue of small numbers: the oldest at its head. */
export interface Queue {
  head: number;
  tail: number;
  count: number;
}

const NONE = -1;

export const emptyQueue = (): Queue => ({ head: NONE, tail: NONE, count: 0 });

/** Doubly linked queues over ids: adding, and taking out anywhere, in constant time. An id stands on at most one queue of the same links. */
export class Links {
  private next = new Int32Array(64);
  private previous = new Int32Array(64);

  /** Makes room for ids below `count`. */
  ensure(count: number): void {
    if (count <= this.next.length) return;
    const capacity = Math.max(count, this.next.length * 2);
    const next = new Int32Array(capacity);
    next.set(this.next);
    this.next = next;
    const previous = new Int32Array(capacity);
    previous.set(this.previous);
    this.previous = previous;
  }

  /** Puts an id at the tail. */
  append(queue: Queue, id: number): void {
    this.next[id] = NONE;
    this.previous[id] = queue.tail;
    if (queue.tail === NONE) queue.head = id;
    else this.next[queue.tail] = id;
    queue.tail = id;
    queue.count++;
  }

  remove(queue: Queue, id: number): void {
    const next = this.next[id];
    const previous = this.previous[id];
    if (previous === NONE) queue.head = next;
    else this.next[previous] = next;
    if (next === NONE) queue.tail = previous;
    else this.previous[next] = previous;
    queue.count--;
  }

  /** Puts all of `from` before the head of `to`, in its order; `from` is empty afterwards. */
  splice(from: Queue, to: Queue): void {
    if (from.count === 0) return;
    if (to.head === NONE) to.tail = from.tail;
    else {
      this.next[from.tail] = to.head;
      this.previous[to.head] = from.tail;
    }
    to.head = from.head;
    to.count += from.count;
    from.head = NONE;
    from.tail = NONE;
    from.count = 0;
  }

  /** The ids of a queue from its head. The queue must not change meanwhile. */
  *ids(queue: Queue): Generator<number> {
    for (let id = queue.head; id !== NONE; id = this.next[id]) yield id;
  }
}
