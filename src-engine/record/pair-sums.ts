import { grown } from './grow.ts';

/** Columns that a row may have: container and task ids are 16 bits. */
const COLUMN_LIMIT = 0x10000;

export interface PairSum {
  readonly row: number;
  readonly column: number;
  readonly sum: number;
}

/** Sums over (row, column) of which few occur: object × container, object × task. */
export class PairSums {
  readonly #slotOf = new Map<number, number>();
  #keys = new Float64Array(64);
  #sums = new Float64Array(64);
  #lastKey = -1;
  #lastSlot = -1;

  /** Slot of a pair; made if it is new. Events come in long stretches over one pair, so the last one is remembered. */
  slot(row: number, column: number): number {
    const key = row * COLUMN_LIMIT + column;
    if (key === this.#lastKey) return this.#lastSlot;
    let slot = this.#slotOf.get(key);
    if (slot === undefined) {
      slot = this.#slotOf.size;
      this.#keys = grown(this.#keys, slot + 1);
      this.#sums = grown(this.#sums, slot + 1);
      this.#keys[slot] = key;
      this.#sums[slot] = 0;
      this.#slotOf.set(key, slot);
    }
    this.#lastKey = key;
    this.#lastSlot = slot;
    return slot;
  }

  get(slot: number): number {
    return this.#sums[slot];
  }

  set(slot: number, sum: number): void {
    this.#sums[slot] = sum;
  }

  /** All pairs whose sum is not zero, by row and then column. */
  nonzero(): PairSum[] {
    const pairs: PairSum[] = [];
    for (let slot = 0; slot < this.#slotOf.size; slot++) {
      const key = this.#keys[slot];
      if (this.#sums[slot] !== 0) pairs.push({ row: Math.floor(key / COLUMN_LIMIT), column: key % COLUMN_LIMIT, sum: this.#sums[slot] });
    }
    return pairs.sort((x, y) => x.row - y.row || x.column - y.column);
  }

  clear(): void {
    this.#slotOf.clear();
    this.#lastKey = -1;
  }
}
