import { LRU, LRU_NAMES } from '../../record/events.ts';

/** Lists that reclaim looks at. */
export const LRU_COUNT = LRU_NAMES.length;
/** All lists of a lruvec: those, and the unevictable one (`LRU.unevictable`), which has no order that matters. */
export const LIST_COUNT = LRU.unevictable + 1;
/** Places of a lruvec's lists, a power of two: the lists above, and from 8 on those of generations (mglru-lists.ts). */
export const PLACE_SHIFT = 4;
const LIST_MASK = (1 << PLACE_SHIFT) - 1;

/** Words of a node, a power of two. What is done to a frame is done to most of them, so they stand side by side: waiting for memory is most of a miss. */
const NODE = 8;
const NODE_SHIFT = 3;
const NEXT = 0;
const PREV = 1;
/** Which list: `placeOf(lruvec, list)`; meaningful while the frame is in use. */
const PLACE = 2;
/** The page that the frame holds, −1 while it is free. */
const PAGE = 3;
/** The object that the page belongs to, and the number of page-table entries that map it. */
const OBJECT = 4;
const MAPCOUNT = 5;

/**
 * The frames in use and the lists they are on: four LRU lists and the unevictable list per lruvec, doubly linked. A lruvec has the id of the container whose list it is; where a model keeps one
 * set of lists for the machine, that is the root's. Head: most recently added. Tail: where reclaim takes.
 */
export class LruLists {
  /** A node for each frame, then one for each list, at which its ring begins and ends. */
  protected nodes: Int32Array;
  /** Pages by place. */
  protected size: Int32Array;
  readonly frame_count: number;
  private lruvec_capacity = 16;

  constructor(frame_count: number) {
    this.frame_count = frame_count;
    this.size = new Int32Array(this.lruvec_capacity << PLACE_SHIFT);
    this.nodes = new Int32Array((frame_count + this.size.length) * NODE);
    for (let frame = 0; frame < frame_count; frame++) this.nodes[frame * NODE + PAGE] = -1;
    this.clearRings(0);
  }

  /** Makes room for lruvec ids below `count`. */
  ensure(count: number): void {
    if (count <= this.lruvec_capacity) return;
    const first_new = this.lruvec_capacity;
    while (this.lruvec_capacity < count) this.lruvec_capacity *= 2;
    const size = new Int32Array(this.lruvec_capacity << PLACE_SHIFT);
    size.set(this.size);
    this.size = size;
    const nodes = new Int32Array((this.frame_count + size.length) * NODE);
    nodes.set(this.nodes);
    this.nodes = nodes;
    this.clearRings(first_new);
  }

  /** The page that a frame holds, −1 if it is free. */
  pageOf(frame: number): number {
    return this.nodes[frame * NODE + PAGE];
  }

  /** Id of the object whose page a frame in use holds. */
  objectOf(frame: number): number {
    return this.nodes[frame * NODE + OBJECT];
  }

  /** Page-table entries that map the page of a frame. */
  mapcountOf(frame: number): number {
    return this.nodes[frame * NODE + MAPCOUNT];
  }

  /** One mapping more or less; returns how many there are now. */
  changeMapcount(frame: number, delta: 1 | -1): number {
    const mapcount = this.mapcountOf(frame) + delta;
    this.nodes[frame * NODE + MAPCOUNT] = mapcount;
    return mapcount;
  }

  /** The frame holds a page from now on, that nothing maps yet. */
  hold(frame: number, page: number, object: number): void {
    const { nodes } = this;
    const node = frame * NODE;
    nodes[node + PAGE] = page;
    nodes[node + OBJECT] = object;
    nodes[node + MAPCOUNT] = 0;
  }

  /** The frame is free. */
  drop(frame: number): void {
    this.nodes[frame * NODE + PAGE] = -1;
  }

  /** What `from` holds, `to` holds from now on. Their places on lists are not touched. */
  carry(from: number, to: number): void {
    this.hold(to, this.pageOf(from), this.objectOf(from));
    this.nodes[to * NODE + MAPCOUNT] = this.mapcountOf(from);
    this.nodes[from * NODE + MAPCOUNT] = 0;
    this.drop(from);
  }

  /** The lruvec that a frame in use is on a list of. */
  lruvecOf(frame: number): number {
    return this.nodes[frame * NODE + PLACE] >> PLACE_SHIFT;
  }

  /** The list (`LRU`) that a frame in use is on. */
  listOf(frame: number): number {
    return this.placedOn(frame);
  }

  /** The list that a frame in use stands on, as lists are kept: one of LRU, or one of a generation. */
  protected placedOn(frame: number): number {
    return this.nodes[frame * NODE + PLACE] & LIST_MASK;
  }

  /** Puts a frame at the head of a list. */
  add(frame: number, lruvec: number, list: number): void {
    this.addAt(frame, placeOf(lruvec, list));
  }

  /** Puts a frame at the head of the list of a place. */
  protected addAt(frame: number, place: number): void {
    this.addBehind(frame, place, (this.frame_count + place) * NODE);
  }

  /** Puts a frame on a list, right behind one of its nodes: the list's own, for its head. */
  private addBehind(frame: number, place: number, before: number): void {
    const { nodes } = this;
    const node = frame * NODE;
    const after = nodes[before + NEXT];
    nodes[node + NEXT] = after;
    nodes[node + PREV] = before;
    nodes[node + PLACE] = place;
    nodes[after + PREV] = node;
    nodes[before + NEXT] = node;
    this.size[place]++;
  }

  /** Puts a frame at the tail of a list. */
  addLast(frame: number, lruvec: number, list: number): void {
    this.addLastAt(frame, placeOf(lruvec, list));
  }

  /** Puts a frame at the tail of the list of a place. */
  protected addLastAt(frame: number, place: number): void {
    this.addBehind(frame, place, this.nodes[(this.frame_count + place) * NODE + PREV]);
  }

  remove(frame: number): void {
    const { nodes } = this;
    const node = frame * NODE;
    const before = nodes[node + PREV];
    const after = nodes[node + NEXT];
    nodes[before + NEXT] = after;
    nodes[after + PREV] = before;
    this.size[nodes[node + PLACE]]--;
  }

  /** Moves a frame to the head of a list of the same lruvec. */
  move(frame: number, list: number): void {
    const place = (this.nodes[frame * NODE + PLACE] & ~LIST_MASK) | list;
    this.remove(frame);
    this.addAt(frame, place);
  }

  /** The frame at the tail, −1 if the list is empty. */
  tail(lruvec: number, list: number): number {
    const node = this.nodes[(this.frame_count + placeOf(lruvec, list)) * NODE + PREV];
    return this.frameAt(node);
  }

  /** The frame at the head, −1 if the list is empty. */
  head(lruvec: number, list: number): number {
    return this.frameAt(this.nodes[(this.frame_count + placeOf(lruvec, list)) * NODE + NEXT]);
  }

  /** The frame before `frame`, towards the head; −1 past the head. */
  towardsHead(frame: number): number {
    return this.frameAt(this.nodes[frame * NODE + PREV]);
  }

  private frameAt(node: number): number {
    return node < this.frame_count * NODE ? node >> NODE_SHIFT : -1;
  }

  pages(lruvec: number, list: number): number {
    return this.size[placeOf(lruvec, list)];
  }

  /** Pages on all lists of a lruvec, the unevictable one included. */
  allPages(lruvec: number): number {
    let pages = 0;
    for (let list = 0; list < LIST_COUNT; list++) pages += this.pages(lruvec, list);
    return pages;
  }

  /**
   * Counts the frames in use in the order of memory, which is quick: by `placeOf(lruvec, list)`, and those whose flags say active where the list does not, or the
   * other way round (bit 0 of both).
   */
  census(frame_flags: Uint8Array): { readonly counts: Int32Array; readonly stray_count: number } {
    const { nodes, frame_count } = this;
    const counts = new Int32Array(this.size.length);
    let stray_count = 0;
    for (let frame = 0; frame < frame_count; frame++) {
      if (nodes[frame * NODE + PAGE] === -1) continue;
      const place = nodes[frame * NODE + PLACE];
      counts[place]++;
      stray_count += (frame_flags[frame] ^ place) & 1;
    }
    return { counts, stray_count };
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

  private clearRings(first_lruvec: number): void {
    for (let node = (this.frame_count + placeOf(first_lruvec, 0)) * NODE; node < this.nodes.length; node += NODE) {
      this.nodes[node + NEXT] = node;
      this.nodes[node + PREV] = node;
    }
  }
}

/** Index of a list among those of all lruvecs. */
export const placeOf = (lruvec: number, list: number): number => (lruvec << PLACE_SHIFT) | list;
