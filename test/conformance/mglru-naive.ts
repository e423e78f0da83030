/**
 * The multi-generational LRU as plainly as mm/vmscan.c, mm/workingset.c, mm/swap.c and mm_inline.h of 6.12 have it, for one container with a limit, whose one task reads a file and
 * touches private memory. Pages are objects and lists are arrays, oldest first; nothing is shared with the engine.
 */
export interface NaivePage {
  readonly name: string;
  readonly type: 'anon' | 'file';
  readonly index: number;
  gen: number;
  referenced: boolean;
  workingset: boolean;
  extra: number;
  young: boolean;
}

interface Shadow {
  readonly seq: number;
  readonly refs: number;
}

const BATCH = 64;
const TYPES = ['anon', 'file'] as const;
type Type = (typeof TYPES)[number];

interface Tally {
  refaulted: number;
  total: number;
}

export class NaiveGenerations {
  readonly max_pages: number;
  readonly swappiness: number;
  /** Of the private area. */
  readonly area_pages: number;
  max_seq = 3;
  readonly min_seq: Record<Type, number> = { anon: 0, file: 0 };
  /** Lists by type and generation (sequence modulo 4), tail (first to go) first. */
  readonly lists: Record<Type, NaivePage[][]> = { anon: [[], [], [], []], file: [[], [], [], []] };
  readonly pages = new Map<string, NaivePage>();
  readonly evicted: string[] = [];
  refaults = 0;
  scanned = 0;
  private readonly shadows = new Map<string, Shadow>();
  private readonly now: Record<Type, Tally[]> = { anon: tallies(), file: tallies() };
  private readonly average: Record<Type, Tally[]> = { anon: tallies(), file: tallies() };

  constructor(max_pages: number, area_pages: number, swappiness: number) {
    this.max_pages = max_pages;
    this.area_pages = area_pages;
    this.swappiness = swappiness;
  }

  read(index: number): void {
    const page = this.pages.get(`file ${index}`) ?? this.bring('file', index, false);
    if (!page.referenced) page.referenced = true;
    else if (!page.workingset) page.workingset = true;
    else page.extra = Math.min(page.extra + 1, 3);
  }

  /** A store to private memory. */
  touch(index: number): void {
    const page = this.pages.get(`anon ${index}`) ?? this.bring('anon', index, true);
    page.young = true;
  }

  private bring(type: Type, index: number, fault: boolean): NaivePage {
    for (let tries = 0; this.pages.size + 1 > this.max_pages; tries++) {
      if (tries === 16) throw new Error('out of memory');
      this.reclaim();
    }
    const name = `${type} ${index}`;
    const page: NaivePage = { name, type, index, gen: 0, referenced: false, workingset: false, extra: 0, young: false };
    const shadow = this.shadows.get(name);
    this.shadows.delete(name);
    if (shadow !== undefined) {
      this.refaults++;
      if (shadow.seq === this.min_seq[type]) {
        at(this.now[type], tierOf(shadow.refs)).refaulted++;
        if (fault || shadow.refs >= 3) {
          page.extra = 3;
          page.workingset = true;
        }
      }
    }
    if (fault) {
      page.extra = 0;
      page.referenced = false;
      page.gen = this.max_seq % 4;
    } else page.gen = (this.min_seq[type] + 2 >= this.max_seq ? this.min_seq[type] : this.min_seq[type] + 1) % 4;
    this.pages.set(name, page);
    at(this.lists[type], page.gen).push(page);
    return page;
  }

  private reclaim(): void {
    let reclaimed = 0;
    for (let walk = 0; walk < 2 && reclaimed === 0; walk++)
      for (let priority = 12; priority >= 0 && reclaimed < 32; priority--) reclaimed += this.shrink(priority);
  }

  private get can_swap(): boolean {
    return this.swappiness > 0;
  }

  /** The type whose oldest generation says how many there are. */
  private get leading(): Type {
    return this.can_swap ? 'anon' : 'file';
  }

  private shrink(priority: number): number {
    let reclaimed = 0;
    let scanned = 0;
    for (;;) {
      const wanted = this.toScan(priority);
      if (wanted <= 0) return reclaimed;
      const [delta, freed] = this.evict();
      reclaimed += freed;
      scanned += delta;
      if (delta === 0 || scanned >= wanted) return reclaimed;
    }
  }

  private toScan(priority: number): number {
    const types = this.can_swap ? TYPES : (['file'] as const);
    const sizeOf = (type: Type, seq: number): number => (seq < this.min_seq[type] ? 0 : at(this.lists[type], seq % 4).length);
    let ages = this.min_seq[this.leading] + 2 > this.max_seq;
    let total = 0;
    if (!ages) {
      let young = 0;
      let old = 0;
      for (const type of types) {
        for (let seq = this.min_seq[type]; seq <= this.max_seq; seq++) total += sizeOf(type, seq);
        young += sizeOf(type, this.max_seq);
        old += sizeOf(type, this.max_seq - 2);
      }
      ages = this.min_seq[this.leading] + 2 === this.max_seq && (young * 2 > total || old * 4 < total);
    }
    if (!ages || priority === 12) return Math.floor(total / 2 ** priority);
    this.age();
    return -1;
  }

  private age(): void {
    if (this.can_swap)
      for (const page of [...this.pages.values()].filter(({ type }) => type === 'anon').sort((a, b) => a.index - b.index)) {
        if (!page.young) continue;
        page.young = false;
        forget(page);
        if (page.gen !== this.max_seq % 4) this.put(page, this.max_seq % 4, 'head');
      }
    for (const type of ['file', 'anon'] as const) {
      if (this.max_seq - this.min_seq[type] + 1 !== 4) continue;
      if (type === 'file' || this.can_swap)
        for (const page of [...at(this.lists[type], this.min_seq[type] % 4)]) {
          forget(page);
          this.put(page, (this.min_seq[type] + 1) % 4, 'tail');
        }
      this.carryOver(type);
      this.min_seq[type]++;
    }
    this.max_seq++;
  }

  private evict(): readonly [scanned: number, reclaimed: number] {
    const { type, taken, scanned: looked_at } = this.isolate();
    let scanned = looked_at + (this.dropEmpty() ? 1 : 0);
    if (this.max_seq - this.min_seq[this.leading] + 1 === 2) scanned = 0;
    let reclaimed = 0;
    for (const page of taken) {
      if (page.young) {
        this.lookAround(page, taken);
        page.young = false;
        forget(page);
        at(this.lists[type], this.max_seq % 4).push(page);
        page.gen = this.max_seq % 4;
        continue;
      }
      const refs = refsOf(page);
      at(this.now[type], tierOf(refs)).total++;
      this.shadows.set(page.name, { seq: this.min_seq[type], refs });
      this.pages.delete(page.name);
      this.evicted.push(page.name);
      reclaimed++;
    }
    this.scanned += taken.length;
    return [scanned, reclaimed];
  }

  /** Up to 64 pages in a table of 512 around a page that was used. */
  private lookAround(page: NaivePage, taken: readonly NaivePage[]): void {
    const [start, end] = this.around(page.index);
    for (let near = start; near < end; near++) {
      const other = this.pages.get(`anon ${near}`);
      if (other === undefined || other === page || !other.young) continue;
      other.young = false;
      if (taken.includes(other) && !at(this.lists.anon, other.gen).includes(other)) other.referenced = true;
      else if (other.gen !== this.max_seq % 4) {
        forget(other);
        this.put(other, this.max_seq % 4, 'head');
      }
    }
  }

  private around(index: number): readonly [number, number] {
    const start = index - (index % 512);
    const end = Math.min(start + 512, this.area_pages);
    if (end - start <= 64) return [start, end];
    if (index - start < 32) return [start, start + 64];
    return end - index < 32 ? [end - 64, end] : [index - 32, index + 32];
  }

  private isolate(): { readonly type: Type; readonly taken: readonly NaivePage[]; readonly scanned: number } {
    let [type, tier] = this.choose();
    for (let tries = this.can_swap ? 2 : 1; ; tries--) {
      if (tier < 0) tier = this.lastTier({ ...this.position(type, 0), gain: 1 }, type, 2);
      const { taken, scanned } = this.scan(type, tier);
      if (scanned > 0 || tries === 1) return { type, taken, scanned };
      type = type === 'anon' ? 'file' : 'anon';
      tier = -1;
    }
  }

  private choose(): [Type, number] {
    if (!this.can_swap) return ['file', -1];
    if (this.min_seq.anon < this.min_seq.file) return ['anon', -1];
    const gain = { anon: this.swappiness, file: 200 - this.swappiness };
    const type: Type = better({ ...this.position('anon', 0), gain: gain.anon }, { ...this.position('file', 0), gain: gain.file }) ? 'file' : 'anon';
    const other = type === 'anon' ? 'file' : 'anon';
    return [type, this.lastTier({ ...this.position(other, 0), gain: gain[other] }, type, gain[type])];
  }

  private scan(type: Type, last_tier: number): { readonly taken: readonly NaivePage[]; readonly scanned: number } {
    const taken: NaivePage[] = [];
    if (this.max_seq - this.min_seq[type] + 1 === 2) return { taken, scanned: 0 };
    const list = at(this.lists[type], this.min_seq[type] % 4);
    let scanned = 0;
    while (list.length > 0 && taken.length < BATCH && scanned < BATCH * 64) {
      const page = at(list, 0);
      scanned++;
      const tier = tierOf(refsOf(page));
      if (tier > last_tier || refsOf(page) === 4) {
        at(this.now[type], tier).total++;
        forget(page);
        this.put(page, (this.min_seq[type] + 1) % 4, 'tail');
        continue;
      }
      list.shift();
      if (!page.referenced) forget(page);
      page.referenced = false;
      taken.push(page);
    }
    return { taken, scanned: taken.length > 0 || scanned === BATCH * 64 ? scanned : 0 };
  }

  private dropEmpty(): boolean {
    const before = { ...this.min_seq };
    const found = { ...this.min_seq };
    for (const type of this.can_swap ? TYPES : (['file'] as const))
      while (found[type] + 2 <= this.max_seq && at(this.lists[type], found[type] % 4).length === 0) found[type]++;
    if (this.can_swap) {
      found.anon = Math.min(found.anon, found.file);
      found.file = Math.max(found.anon, before.file);
    }
    for (const type of TYPES) {
      if (found[type] === before[type]) continue;
      this.carryOver(type);
      this.min_seq[type] = found[type];
    }
    return found.anon !== before.anon || found.file !== before.file;
  }

  private carryOver(type: Type): void {
    for (let tier = 0; tier < 4; tier++) {
      const average = at(this.average[type], tier);
      const now = at(this.now[type], tier);
      average.refaulted = Math.floor((average.refaulted + now.refaulted) / 2);
      average.total = Math.floor((average.total + now.total) / 2);
      now.refaulted = 0;
      now.total = 0;
    }
  }

  private position(type: Type, tier: number): Tally {
    const [average, now] = [at(this.average[type], tier), at(this.now[type], tier)];
    return { refaulted: average.refaulted + now.refaulted, total: average.total + now.total };
  }

  private lastTier(sp: Tally & { readonly gain: number }, type: Type, gain: number): number {
    let tier = 1;
    while (tier < 4 && better(sp, { ...this.position(type, tier), gain })) tier++;
    return tier - 1;
  }

  private put(page: NaivePage, gen: number, end: 'head' | 'tail'): void {
    const from = at(this.lists[page.type], page.gen);
    from.splice(from.indexOf(page), 1);
    page.gen = gen;
    if (end === 'head') at(this.lists[page.type], gen).push(page);
    else at(this.lists[page.type], gen).unshift(page);
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}

function tallies(): Tally[] {
  return Array.from({ length: 4 }, () => ({ refaulted: 0, total: 0 }));
}

const refsOf = ({ extra, workingset }: NaivePage): number => extra + (workingset ? 1 : 0);
const tierOf = (refs: number): number => Math.ceil(Math.log2(refs + 1));

function forget(page: NaivePage): void {
  page.referenced = false;
  page.workingset = false;
  page.extra = 0;
}

const better = (sp: Tally & { readonly gain: number }, pv: Tally & { readonly gain: number }): boolean =>
  pv.refaulted < BATCH || pv.refaulted * (sp.total + BATCH) * sp.gain <= (sp.refaulted + 1) * pv.total * pv.gain;
