/** `MEMCG_NR_GENS` of include/linux/mmzone.h (6.12). */
const MEMCG_NR_GENS = 3;

/** What becomes of a container's place after its turn (MEMCG_LRU_*): it stays, has one more turn in this generation, goes to the next, or back to the head of the old one. */
export const ROTATE = { stay: 0, tail: 1, young: 2, old: 3 } as const;
export type Rotation = (typeof ROTATE)[keyof typeof ROTATE];

/**
 * The order in which reclaim for the whole machine visits containers: `lru_gen_memcg` of include/linux/mmzone.h and lru_gen_rotate_memcg() of mm/vmscan.c (6.12). The kernel spreads each generation
 * over eight bins at random, so that processors do not meet; here a generation is one queue, in order.
 */
export class MemcgOrder {
  private seq = 0;
  private readonly queues: number[][] = Array.from({ length: MEMCG_NR_GENS }, () => []);
  private readonly generation: number[] = [];
  private readonly had_tail: boolean[] = [];
  private readonly is_offline: boolean[] = [];

  /** `lru_gen_online_memcg()`: the last of the old generation. */
  online(container: number): void {
    this.generation[container] = this.seq % MEMCG_NR_GENS;
    this.had_tail[container] = false;
    this.queueOf(container).push(container);
  }

  /** `lru_gen_release_memcg()`. */
  release(container: number): void {
    this.takeOut(container);
    this.advance();
  }

  /** `lru_gen_offline_memcg()`: a removed container is the first of the old generation. */
  offline(container: number): void {
    if (this.is_offline[container] === true) return;
    this.is_offline[container] = true;
    this.rotate(container, ROTATE.old);
  }

  /** Every container that has not been released. */
  all(): readonly number[] {
    return this.queues.flat();
  }

  /** Whether the container has had its second turn in this generation. */
  hadSecondTurn(container: number): boolean {
    return this.had_tail[container] === true;
  }

  /** The old generation's queue; it changes as its containers are rotated. */
  get old(): readonly number[] {
    return this.queues[this.seq % MEMCG_NR_GENS] ?? [];
  }

  rotate(container: number, how: Rotation): void {
    if (how === ROTATE.stay) return;
    this.takeOut(container);
    const generation =
      how === ROTATE.young ? (this.seq + 1) % MEMCG_NR_GENS : how === ROTATE.old ? this.seq % MEMCG_NR_GENS : (this.generation[container] ?? 0);
    this.generation[container] = generation;
    this.had_tail[container] = how === ROTATE.tail;
    if (how === ROTATE.old) this.queueOf(container).unshift(container);
    else this.queueOf(container).push(container);
    this.advance();
  }

  private advance(): void {
    if (this.old.length === 0) this.seq++;
  }

  private takeOut(container: number): void {
    const queue = this.queueOf(container);
    queue.splice(queue.indexOf(container), 1);
  }

  private queueOf(container: number): number[] {
    return this.queues[this.generation[container] ?? 0] ?? [];
  }
}
