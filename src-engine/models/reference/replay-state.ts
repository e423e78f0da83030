import type { PageClass } from './facts.ts';

/** A page of the reference. */
export interface Page {
  readonly id: number;
  readonly class: PageClass;
  readonly object: number;
  /** Its number in the engine's events; null until the engine has brought it in. */
  engine_page: number | null;
  resident: boolean;
  swapped: boolean;
  dirty: boolean;
}

/** A mapping in a task's address space: page by index (absent: never touched), and which of them are in the page table, and whether they may be written. */
export interface Area {
  readonly object: NaiveObject | null;
  readonly page_count: number;
  readonly pages: Map<number, Page>;
  readonly present: Map<number, 'writable' | 'read-only'>;
}

/** Something that has pages. */
export interface NaiveObject {
  readonly id: number;
  readonly class: PageClass;
  readonly payer: number | null;
  readonly pages: Map<number, Page>;
  readonly engine_base: number | null;
  /** Shared anonymous memory lives as long as somebody has it mapped. */
  area_count: number;
}

/** A task and what it maps. */
export interface Task {
  alive: boolean;
  container: number;
  /** By area name, in address order. */
  readonly areas: Map<number, Area>;
}

/** A container: who is above it, and what of its settings the reference needs. */
export interface Container {
  readonly path: number;
  readonly parent: number;
  readonly guarantee_pages: number;
  move_charge: number;
  exists: boolean;
}

/** The page that an area has at an index: there must be one. */
export function pageAt(area: Area, index: number): Page {
  return area.pages.get(index) as Page;
}

export const byNumber = (a: number, b: number): number => a - b;
