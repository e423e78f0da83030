/** Who is charged for a page, and with how much: containers in ascending order, units beside them. */
export interface Sharing {
  readonly containers: readonly number[];
  readonly units: readonly number[];
}

/** The sharing of pages that nobody is charged for. */
export const NO_SHARING = 0;

const CACHE_SIZE = 4096;
const CONTAINER_LIMIT = 0x10000;

/**
 * Every way in which pages of a run are charged, each kept once: a run has a million pages, but few ways to share them out. A page then is one number, and so is a change
 * of its charge: from one sharing to another.
 */
export class Sharings {
  readonly #all: Sharing[] = [{ containers: [], units: [] }];
  readonly #idOf = new Map<string, number>();
  /** Changes looked up last: events come in long stretches that change pages in the same way. */
  readonly #cacheFrom = new Int32Array(CACHE_SIZE).fill(-1);
  readonly #cacheContainer = new Int32Array(CACHE_SIZE);
  readonly #cacheUnits = new Float64Array(CACHE_SIZE);
  readonly #cacheTo = new Int32Array(CACHE_SIZE);

  get(id: number): Sharing {
    return this.#all[id];
  }

  /** What `of` makes of each sharing, by its number. */
  map<T>(of: (sharing: Sharing) => T): T[] {
    return this.#all.map(of);
  }

  /** The sharing that comes of another when a container's charge changes by `units`. */
  changed(from: number, container: number, units: number): number {
    const slot = (Math.imul(from, 31) + Math.imul(container, 7) + units) & (CACHE_SIZE - 1);
    if (this.#cacheFrom[slot] === from && this.#cacheContainer[slot] === container && this.#cacheUnits[slot] === units) return this.#cacheTo[slot];
    const to = this.#make(this.#all[from], container, units);
    this.#cacheFrom[slot] = from;
    this.#cacheContainer[slot] = container;
    this.#cacheUnits[slot] = units;
    this.#cacheTo[slot] = to;
    return to;
  }

  #make(from: Sharing, container: number, units: number): number {
    const held = new Map(from.containers.map((id, at) => [id, from.units[at]]));
    const sum = (held.get(container) ?? 0) + units;
    if (sum === 0) held.delete(container);
    else held.set(container, sum);
    if (held.size === 0) return NO_SHARING;
    const pairs = [...held].sort(([x], [y]) => x - y);
    const key = pairs.map(([id, amount]) => amount * CONTAINER_LIMIT + id).join();
    let id = this.#idOf.get(key);
    if (id === undefined) {
      id = this.#all.length;
      this.#all.push({ containers: pairs.map(([owner]) => owner), units: pairs.map(([, amount]) => amount) });
      this.#idOf.set(key, id);
    }
    return id;
  }
}
