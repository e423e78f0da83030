import { EVICT, type EventColumns, KIND } from './events.ts';
import type { RunObject } from './object-table.ts';
import type { RunState } from './state.ts';
import { PAGE } from './state-tables.ts';

/** What of an object can be watched: pages counted, or which containers are charged for any of its pages. */
export type ObjectFact = 'resident' | 'mapped' | 'swapped' | 'owner';

/** Follows one fact of one object through events, by the rules of RunState, without applying the other events. */
export class ObjectTracker {
  readonly #object: RunObject;
  readonly #fact: ObjectFact;
  readonly #state: Uint8Array;
  readonly #mapcount: Uint16Array;
  readonly #units = new Map<number, number>();
  #count = 0;

  /** Begins at a state. */
  constructor(object: RunObject, fact: ObjectFact, state: RunState) {
    const end = object.base + object.page_count;
    this.#object = object;
    this.#fact = fact;
    // Rows of a state that was before the object's creation may be short of its pages.
    this.#state = new Uint8Array(object.page_count);
    this.#mapcount = new Uint16Array(object.page_count);
    this.#state.set(state.page_state.subarray(object.base, end));
    this.#mapcount.set(state.mapcount.subarray(object.base, end));
    if (fact === 'owner') {
      for (const { row, column, sum } of state.owner_units.nonzero()) if (row === object.id) this.#units.set(column, sum);
    } else {
      this.#count = { resident: state.object_resident, mapped: state.object_mapped, swapped: state.object_swapped }[fact][object.id] ?? 0;
    }
  }

  /** Pages counted, or how many containers pay. */
  get value(): number {
    return this.#fact === 'owner' ? this.#units.size : this.#count;
  }

  /** Containers that pay, ascending. */
  get owners(): readonly number[] {
    return [...this.#units.keys()].sort((x, y) => x - y);
  }

  /** Applies a row that concerns the object; true if the fact changed with it. */
  apply({ kind, flags, container, page, a, b }: EventColumns, row: number): boolean {
    const at = page[row] - this.#object.base;
    switch (this.#fact) {
      case 'owner':
        return this.#applyCharge(kind[row], container[row], a[row], b[row]);
      case 'mapped':
        return this.#applyMapping(kind[row], at);
      case 'resident':
        return this.#applyResidence(kind[row], at);
      case 'swapped':
        return this.#applySwap(kind[row], flags[row], at);
    }
  }

  #applyResidence(kind: number, at: number): boolean {
    const on = (this.#state[at] & PAGE.list_mask) !== 0;
    const now = kind === KIND.page_add ? true : kind === KIND.page_free || kind === KIND.page_evict ? false : on;
    if (now === on) return false;
    this.#state[at] = now ? 1 : 0;
    this.#count += now ? 1 : -1;
    return true;
  }

  #applySwap(kind: number, flags: number, at: number): boolean {
    const swapped = (this.#state[at] & PAGE.swapped) !== 0;
    const now = kind === KIND.swap_free ? false : swapped || (kind === KIND.page_evict && (flags & EVICT.swapout) !== 0);
    if (now === swapped) return false;
    this.#state[at] = now ? PAGE.swapped : 0;
    this.#count += now ? 1 : -1;
    return true;
  }

  #applyMapping(kind: number, at: number): boolean {
    if (kind === KIND.map) {
      this.#mapcount[at]++;
      if (this.#mapcount[at] !== 1) return false;
      this.#count++;
      return true;
    }
    if (kind !== KIND.unmap || this.#mapcount[at] === 0) return false;
    this.#mapcount[at]--;
    if (this.#mapcount[at] > 0) return false;
    this.#count--;
    return true;
  }

  #applyCharge(kind: number, container: number, a: number, b: number): boolean {
    switch (kind) {
      case KIND.page_add:
      case KIND.charge:
        return this.#addUnits(container, a);
      case KIND.page_free:
      case KIND.page_evict:
      case KIND.uncharge:
        return this.#addUnits(container, -a);
      case KIND.recharge: {
        const left = this.#addUnits(b, -a);
        const joined = this.#addUnits(container, a);
        return left || joined;
      }
      default:
        return false;
    }
  }

  /** True if the container joins or leaves those that pay. */
  #addUnits(container: number, delta: number): boolean {
    if (delta === 0) return false;
    const before = this.#units.get(container) ?? 0;
    const after = before + delta;
    if (after === 0) this.#units.delete(container);
    else this.#units.set(container, after);
    return (before === 0) !== (after === 0);
  }
}
