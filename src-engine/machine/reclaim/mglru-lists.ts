import { LRU } from '../../record/events.ts';
import { LruLists, PLACE_SHIFT, placeOf } from '../pages/lru.ts';

/** Constants of include/linux/mmzone.h (6.12). */
export const MIN_NR_GENS = 2;
export const MAX_NR_GENS = 4;

/** `LRU_GEN_ANON` and `LRU_GEN_FILE`: tmpfs is among the first, as on the classic lists. */
export const ANON = 0;
export const FILE = 1;
export type GenerationType = typeof ANON | typeof FILE;

/** Lists of generations stand behind those of LRU: four of anonymous memory, then four of files. */
const FIRST_LIST = 1 << (PLACE_SHIFT - 1);
const TYPE_SHIFT = 2;
const GEN_MASK = MAX_NR_GENS - 1;

const listOfGeneration = (type: number, seq: number): number => FIRST_LIST | (type << TYPE_SHIFT) | (seq & GEN_MASK);

/**
 * The lists of the multi-generational LRU (`struct lru_gen_folio`, include/linux/mmzone.h and mm_inline.h, 6.12): up to four generations of each kind of memory, numbered by
 * sequence from `min_seq` (oldest) to `max_seq` (youngest). For whoever asks by LRU lists the two youngest are the active list and the others the inactive one, as
 * `lru_gen_is_active()` has it.
 */
export class GenerationLists extends LruLists {
  /** By lruvec. */
  private max = new Int32Array(0);
  /** By lruvec and type. */
  private min = new Int32Array(0);

  constructor(frame_count: number) {
    super(frame_count);
    this.growSequences();
  }

  override ensure(count: number): void {
    super.ensure(count);
    this.growSequences();
  }

  maxSeq(lruvec: number): number {
    return this.max[lruvec];
  }

  minSeq(lruvec: number, type: number): number {
    return this.min[2 * lruvec + type];
  }

  /** `get_nr_gens()`. */
  generationCount(lruvec: number, type: number): number {
    return this.maxSeq(lruvec) - this.minSeq(lruvec, type) + 1;
  }

  setMinSeq(lruvec: number, type: number, seq: number): void {
    this.min[2 * lruvec + type] = seq;
  }

  beginGeneration(lruvec: number): void {
    this.max[lruvec]++;
  }

  /** Pages of a generation. */
  generationPages(lruvec: number, type: number, seq: number): number {
    return this.size[placeOf(lruvec, listOfGeneration(type, seq))];
  }

  /** The frame that a generation's list ends with: the first to be looked at. −1 if it is empty. */
  generationTail(lruvec: number, type: number, seq: number): number {
    return super.tail(lruvec, listOfGeneration(type, seq));
  }

  /** The next frame of the same generation, towards its head; −1 past the head. */
  towardsGenerationHead(frame: number): number {
    return super.towardsHead(frame);
  }

  /** Whether the frame stands on a generation's list, not on the unevictable one. */
  isGenerational(frame: number): boolean {
    return this.placedOn(frame) >= FIRST_LIST;
  }

  typeOf(frame: number): GenerationType {
    return ((this.placedOn(frame) >> TYPE_SHIFT) & 1) === 0 ? ANON : FILE;
  }

  /** Whether a frame is of the generation of a sequence number, among those that there are. */
  isOfGeneration(frame: number, seq: number): boolean {
    return (this.placedOn(frame) & GEN_MASK) === (seq & GEN_MASK);
  }

  addToGeneration(frame: number, lruvec: number, type: number, seq: number): void {
    this.addAt(frame, placeOf(lruvec, listOfGeneration(type, seq)));
  }

  addToGenerationLast(frame: number, lruvec: number, type: number, seq: number): void {
    this.addLastAt(frame, placeOf(lruvec, listOfGeneration(type, seq)));
  }

  /** Where `lru_gen_add_folio()` puts a page. `hot`: just faulted in, or active where it comes from. `cached`: it came from swap without a fault. */
  seqFor(lruvec: number, type: number, hot: boolean, cached: boolean): number {
    const max_seq = this.maxSeq(lruvec);
    const min_seq = this.minSeq(lruvec, type);
    if (hot) return max_seq;
    if (type === ANON && !cached) return max_seq - 1;
    return min_seq + MIN_NR_GENS >= max_seq ? min_seq : min_seq + 1;
  }

  override listOf(frame: number): number {
    const list = this.placedOn(frame);
    return list < FIRST_LIST ? list : this.shownList(this.lruvecOf(frame), list);
  }

  override add(frame: number, lruvec: number, list: number): void {
    if (list === LRU.unevictable) super.add(frame, lruvec, list);
    else this.addToGeneration(frame, lruvec, list >> 1, this.seqFor(lruvec, list >> 1, (list & 1) === 1, false));
  }

  override addLast(frame: number, lruvec: number, list: number): void {
    if (list === LRU.unevictable) super.addLast(frame, lruvec, list);
    else this.addToGenerationLast(frame, lruvec, list >> 1, (list & 1) === 1 ? this.maxSeq(lruvec) : this.minSeq(lruvec, list >> 1));
  }

  override move(frame: number, list: number): void {
    const lruvec = this.lruvecOf(frame);
    this.remove(frame);
    this.add(frame, lruvec, list);
  }

  override tail(lruvec: number, list: number): number {
    if (list === LRU.unevictable) return super.tail(lruvec, list);
    const older = super.tail(lruvec, this.olderOf(lruvec, list));
    return older === -1 ? super.tail(lruvec, this.youngerOf(lruvec, list)) : older;
  }

  override head(lruvec: number, list: number): number {
    if (list === LRU.unevictable) return super.head(lruvec, list);
    const younger = super.head(lruvec, this.youngerOf(lruvec, list));
    return younger === -1 ? super.head(lruvec, this.olderOf(lruvec, list)) : younger;
  }

  override towardsHead(frame: number): number {
    const next = super.towardsHead(frame);
    if (next !== -1) return next;
    const lruvec = this.lruvecOf(frame);
    const list = this.listOf(frame);
    if (list === LRU.unevictable || this.placedOn(frame) !== this.olderOf(lruvec, list)) return -1;
    return super.tail(lruvec, this.youngerOf(lruvec, list));
  }

  override pages(lruvec: number, list: number): number {
    if (list === LRU.unevictable) return super.pages(lruvec, list);
    return super.pages(lruvec, this.olderOf(lruvec, list)) + super.pages(lruvec, this.youngerOf(lruvec, list));
  }

  /** By the lists of LRU. No frame is marked active here, and none may be. */
  override census(frame_flags: Uint8Array): { readonly counts: Int32Array; readonly stray_count: number } {
    const counts = new Int32Array(this.size.length);
    let stray_count = 0;
    for (let frame = 0; frame < this.frame_count; frame++) {
      if (this.pageOf(frame) === -1) continue;
      counts[placeOf(this.lruvecOf(frame), this.listOf(frame))]++;
      stray_count += frame_flags[frame] & 1;
    }
    return { counts, stray_count };
  }

  private shownList(lruvec: number, list: number): number {
    const type = (list >> TYPE_SHIFT) & 1;
    const age = (this.maxSeq(lruvec) - list) & GEN_MASK;
    return (type << 1) | (age < MIN_NR_GENS ? 1 : 0);
  }

  /** The older of the two generations that a list stands for; the younger is the one after it. */
  private olderOf(lruvec: number, list: number): number {
    return listOfGeneration(list >> 1, this.maxSeq(lruvec) - ((list & 1) === 1 ? 1 : MAX_NR_GENS - 1));
  }

  private youngerOf(lruvec: number, list: number): number {
    return listOfGeneration(list >> 1, this.maxSeq(lruvec) - ((list & 1) === 1 ? 0 : MIN_NR_GENS));
  }

  /** `lru_gen_init_lruvec()`. */
  private growSequences(): void {
    const lruvec_count = this.size.length >> PLACE_SHIFT;
    const max = new Int32Array(lruvec_count).fill(MIN_NR_GENS + 1);
    max.set(this.max);
    this.max = max;
    const min = new Int32Array(2 * lruvec_count);
    min.set(this.min);
    this.min = min;
  }
}
