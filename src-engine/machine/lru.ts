import { LRU_NAMES } from '../record/events.ts';

export const LRU_COUNT = LRU_NAMES.length;

/**
 * The LRU lists: four per lruvec, doubly linked through arrays indexed by frame. A lruvec has the id of the container whose list it is; where a model keeps one
 * set of lists for the machine, that is the root's. Head: most recently added. Tail: where reclaim takes.
 */
export class LruLists {
  /** List of a frame (`LRU`), and its lruvec; meaningful while the frame is in use. */
  readonly frame_list: Uint8Array;
  readonly frame_lruvec: Uint16Array;
  /** Pages by `lruvec * 4 + list`. */
  size: Float64Array;
  private next: Int32Array;
  private prev: Int32Array;
  private readonly frame_count: number;
  private lruvec_capacity = 16;

  constructor(frame_count: number) {
    this.frame_count = frame_count;
    this.frame_list = new Uint8Array(frame_count);
    this.frame_lruvec = new Uint16Array(frame_count);
    this.size = new Float64Array(this.lruvec_capacity * LRU_COUNT);
    const node_count = frame_count + this.lruvec_capacity * LRU_COUNT;
    this.next = new Int32Array(node_count);
    this.prev = new Int32Array(node_count);
    this.clearSentinels(0);
  }

  /** Makes room for lruvec ids below `count`. */
  ensure(count: number): void {
    if (count <= this.lruvec_capacity) return;
    const old_sentinels_end = this.frame_count + this.lruvec_capacity * LRU_COUNT;
    const first_new = this.lruvec_capacity;
    while (this.lruvec_capacity < count) this.lruvec_capacity *= 2;
    const node_count = this.frame_count + this.lruvec_capacity * LRU_COUNT;
    const next = new Int32Array(node_count);
    next.set(this.next.subarray(0, old_sentinels_end));
    this.next = next;
    const prev = new Int32Array(node_count);
    prev.set(this.prev.subarray(0, old_sentinels_end));
    this.prev = prev;
    const size = new Float64Array(this.lruvec_capacity * LRU_COUNT);
    size.set(this.size);
    this.size = size;
    this.clearSentinels(first_new);
  }

  /** Puts a frame at the head of a list. */
  add(frame: number, lruvec: number, list: number): void {
    const { next, prev } = this;
    const head = this.frame_count + lruvec * LRU_COUNT + list;
    const first = next[head];
    next[frame] = first;
    prev[frame] = head;
    prev[first] = frame;
    next[head] = frame;
    this.frame_list[frame] = list;
    this.frame_lruvec[frame] = lruvec;
    this.size[lruvec * LRU_COUNT + list]++;
  }

  remove(frame: number): void {
    const { next, prev } = this;
    const before = prev[frame];
    const after = next[frame];
    next[before] = after;
    prev[after] = before;
    this.size[this.frame_lruvec[frame] * LRU_COUNT + this.frame_list[frame]]--;
  }

  /** Moves a frame to the head of a list of the same lruvec. */
  move(frame: number, list: number): void {
    this.remove(frame);
    this.add(frame, this.frame_lruvec[frame], list);
  }

  /** The frame at the tail, −1 if the list is empty. */
  tail(lruvec: number, list: number): number {
    const frame = this.prev[this.frame_count + lruvec * LRU_COUNT + list];
    return frame < this.frame_count ? frame : -1;
  }

  /** The frame before `frame`, towards the head; −1 past the head. */
  towardsHead(frame: number): number {
    const before = this.prev[frame];
    return before < this.frame_count ? before : -1;
  }

  pages(lruvec: number, list: number): number {
    return this.size[lruvec * LRU_COUNT + list];
  }

  /** Walks a list from the tail and compares its length with the counter; the frames through `visit`. Returns the length found. */
  walk(lruvec: number, list: number, visit: (frame: number) => void): number {
    let length = 0;
    for (let frame = this.tail(lruvec, list); frame !== -1; frame = this.towardsHead(frame)) {
      visit(frame);
      length++;
    }
    return length;
  }

  private clearSentinels(first_lruvec: number): void {
    for (let node = this.frame_count + first_lruvec * LRU_COUNT; node < this.next.length; node++) {
      this.next[node] = node;
      this.prev[node] = node;
    }
  }
}
