interface Container {
  readonly parent: Container | null;
  readonly max_pages: number;
  usage: number;
  failcnt: number;
}

/**
 * Charges through per-processor stocks as plainly as the rules have them (semantics of try_charge without reclaim, of consume, refill and drain). Containers by name;
 * the parent is what stands before the last slash.
 */
export class NaiveStocks {
  readonly containers = new Map<string, Container>();
  readonly slots: { owner: string; pages: number }[];

  constructor(max_pages: Readonly<Record<string, number>>, cpu_count: number) {
    for (const [name, max] of Object.entries(max_pages))
      this.containers.set(name, { parent: this.containers.get(name.slice(0, name.lastIndexOf('/'))) ?? null, max_pages: max, usage: 0, failcnt: 0 });
    this.slots = Array.from({ length: cpu_count }, () => ({ owner: '', pages: 0 }));
  }

  /** Whether an atomic charge succeeds. */
  charge(name: string, cpu: number, pages: number): boolean {
    const slot = this.slot(cpu);
    if (pages <= 64 && slot.owner === name && slot.pages >= pages) {
      slot.pages -= pages;
      return true;
    }
    const batch = Math.max(64, pages);
    if (this.tryCharge(name, batch)) {
      if (batch > pages) this.refill(name, cpu, batch - pages);
      return true;
    }
    return batch > pages && this.tryCharge(name, pages);
  }

  /** Pages that are no user pages are given back. */
  uncharge(name: string, cpu: number, pages: number): void {
    this.refill(name, cpu, pages);
  }

  drain(root: string): void {
    this.slots.forEach(({ owner }, cpu) => {
      if (owner === root || owner.startsWith(`${root}/`)) this.drainSlot(cpu);
    });
  }

  private refill(name: string, cpu: number, pages: number): void {
    if (this.slot(cpu).owner !== name) this.drainSlot(cpu);
    const slot = this.slot(cpu);
    slot.owner = name;
    slot.pages += pages;
    if (slot.pages > 64) this.drainSlot(cpu);
  }

  private drainSlot(cpu: number): void {
    const { owner, pages } = this.slot(cpu);
    this.slots[cpu] = { owner: '', pages: 0 };
    for (const container of this.lineage(owner)) container.usage -= pages;
  }

  private tryCharge(name: string, pages: number): boolean {
    const lineage = this.lineage(name);
    const full = lineage.find(({ usage, max_pages }) => usage + pages > max_pages);
    if (full !== undefined) full.failcnt++;
    else for (const container of lineage) container.usage += pages;
    return full === undefined;
  }

  /** The container and its ancestors. */
  private lineage(name: string): Container[] {
    const found: Container[] = [];
    for (let at = this.containers.get(name) ?? null; at !== null; at = at.parent) found.push(at);
    return found;
  }

  private slot(cpu: number): { owner: string; pages: number } {
    return this.slots[cpu] ?? { owner: '', pages: 0 };
  }
}
