/** Sums of amounts by page and container, each with the group (a number) of what began it. A page has one container in most runs: its lot lies in columns, others in a map. */
export class PageLots {
  readonly #amount: Float64Array;
  readonly #container: Uint16Array;
  readonly #group: Int32Array;
  readonly #others = new Map<number, { amount: number; group: number }>();

  constructor(page_count: number) {
    this.#amount = new Float64Array(page_count);
    this.#container = new Uint16Array(page_count);
    this.#group = new Int32Array(page_count);
  }

  /** Adds to a lot; one that is new, or was empty, is of `group` from now on. */
  add(page: number, container: number, delta: number, group: number): void {
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
    this.#others.clear();
  }

  /** Adds the lots of each group to `sums`. */
  sumInto(sums: Float64Array): void {
    for (let page = 0; page < this.#amount.length; page++) if (this.#amount[page] !== 0) sums[this.#group[page]] += this.#amount[page];
    for (const { amount, group } of this.#others.values()) sums[group] += amount;
  }
}

const keyOf = (page: number, container: number): number => page * 0x10000 + container;
