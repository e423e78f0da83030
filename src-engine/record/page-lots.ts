/**
 * Sums of amounts by page and container, each with the group (a number) of what began it. A page has one container in most runs: its lot lies in columns, others in a map. Where shares
 * of a page grow, what another group adds to a lot lies on top of it, and what goes is taken from the top.
 */
export class PageLots {
  readonly #amount: Float64Array;
  readonly #container: Uint16Array;
  readonly #group: Int32Array;
  readonly #others = new Map<number, Lot>();
  /** What lies on top of lots, by page and container; the last is the topmost. */
  readonly #tops = new Map<number, Lot[]>();

  constructor(page_count: number) {
    this.#amount = new Float64Array(page_count);
    this.#container = new Uint16Array(page_count);
    this.#group = new Int32Array(page_count);
  }

  /** Adds to a lot on behalf of `group`; one that is new, or was empty, is of it from now on. */
  add(page: number, container: number, delta: number, group: number): void {
    if (delta === 0) return;
    const begun_by = delta > 0 ? this.groupOf(page, container) : undefined;
    if (begun_by !== undefined && begun_by !== group) this.#addOnTop(keyOf(page, container), delta, group);
    else this.#addToLot(page, container, delta < 0 && this.#tops.size > 0 ? this.#takeFromTop(keyOf(page, container), delta) : delta, group);
  }

  #addOnTop(key: number, amount: number, group: number): void {
    const tops = this.#tops.get(key);
    const top = tops?.at(-1);
    if (tops === undefined) this.#tops.set(key, [{ amount, group }]);
    else if (top?.group === group) top.amount += amount;
    else tops.push({ amount, group });
  }

  /** Takes what `delta` (negative) says from the top; returns what is left of it for the lot itself. */
  #takeFromTop(key: number, delta: number): number {
    const tops = this.#tops.get(key) ?? [];
    let left = delta;
    for (let top = tops.at(-1); top !== undefined && left < 0; top = tops.at(-1)) {
      const taken = Math.min(top.amount, -left);
      top.amount -= taken;
      left += taken;
      if (top.amount === 0) tops.pop();
    }
    if (tops.length === 0) this.#tops.delete(key);
    return left;
  }

  #addToLot(page: number, container: number, delta: number, group: number): void {
    if (delta === 0) return;
    if (page < this.#amount.length && (this.#amount[page] === 0 || this.#container[page] === container)) {
      const key = keyOf(page, container);
      const other = this.#others.size > 0 ? this.#others.get(key) : undefined;
      if (this.#amount[page] !== 0 || other === undefined) {
        if (this.#amount[page] === 0) {
          this.#container[page] = container;
          this.#group[page] = group;
        }
        this.#amount[page] += delta;
        return;
      }
    }
    const key = keyOf(page, container);
    const lot = this.#others.get(key);
    if (lot === undefined) this.#others.set(key, { amount: delta, group });
    else if (lot.amount + delta === 0) this.#others.delete(key);
    else lot.amount += delta;
  }

  /** The group of a lot; undefined where there is none. */
  groupOf(page: number, container: number): number | undefined {
    if (page < this.#amount.length && this.#amount[page] !== 0 && this.#container[page] === container) return this.#group[page];
    return this.#others.get(keyOf(page, container))?.group;
  }

  clear(): void {
    this.#amount.fill(0);
    this.#tops.clear();
    this.#others.clear();
  }

  /** Adds the lots of each group to `sums`. */
  sumInto(sums: Float64Array): void {
    for (let page = 0; page < this.#amount.length; page++) if (this.#amount[page] !== 0) sums[this.#group[page]] += this.#amount[page];
    for (const { amount, group } of this.#others.values()) sums[group] += amount;
    for (const tops of this.#tops.values()) for (const { amount, group } of tops) sums[group] += amount;
  }
}

interface Lot {
  amount: number;
  group: number;
}

const keyOf = (page: number, container: number): number => page * 0x10000 + container;
