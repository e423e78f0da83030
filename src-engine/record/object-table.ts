import { KIND } from './events.ts';
import type { RunBlocks } from './run-blocks.ts';

/** An object with pages, as its `object_create` event announces it. */
export interface RunObject {
  readonly id: number;
  readonly base: number;
  readonly page_count: number;
  /** OBJECT_CLASS. */
  readonly class: number;
  /** Index in RunNames.objects. */
  readonly name: number;
  readonly created_event: number;
}

/** All objects of a run, in the order of their pages, as the state takes them (births.ts): one that would overlap those before it is left out. */
export class ObjectTable {
  readonly #blocks: RunBlocks;
  #found: readonly RunObject[] | undefined;

  constructor(blocks: RunBlocks) {
    this.#blocks = blocks;
  }

  /** Read when they are first asked for. Throws DamagedRecording. */
  get objects(): readonly RunObject[] {
    this.#found ??= this.#read();
    return this.#found;
  }

  #read(): readonly RunObject[] {
    const blocks = this.#blocks;
    const objects: RunObject[] = [];
    for (const [at, entry] of blocks.entries.entries()) {
      if (entry.kind_counts[KIND.object_create] === 0) continue;
      const { columns, count } = blocks.decoded(at);
      for (let row = 0; row < count; row++) {
        if (columns.kind[row] !== KIND.object_create) continue;
        const [base, page_count] = [columns.page[row], columns.a[row]];
        const last = objects.at(-1);
        if (page_count <= 0 || base < (last === undefined ? 0 : last.base + last.page_count)) continue;
        objects.push({ id: objects.length, base, page_count, class: columns.flags[row], name: columns.b[row], created_event: entry.first_event + row });
      }
    }
    return objects;
  }

  /** The object that a page belongs to. */
  of(page: number): RunObject | undefined {
    const { objects } = this;
    let low = 0;
    let high = objects.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (objects[middle].base <= page) low = middle + 1;
      else high = middle;
    }
    const object = objects[low - 1];
    return object !== undefined && page - object.base < object.page_count ? object : undefined;
  }
}
