import type { LabError } from '../base/result.ts';
import type { Op } from '../scenario/program.ts';
import type { PolicyCost } from './policies/policy.ts';

/** Axes of a model that have machinery of their own beside the pages. */
export type ModuleAxis = 'kernel' | 'sockets' | 'pins';
/** Steps of one of these axes. */
export type AxisOp<A extends ModuleAxis> = Extract<Op, { readonly axis: A }>;

/** An operation that can be carried out a slice at a time: `together` interleaves several. */
export interface Work {
  /** Carries out up to `count` page operations (segments of a socket). False when there is nothing left to do. */
  advance(count: number): boolean;
}

/** What the world tells machinery beside the pages, and asks of it; each part answers what concerns it. */
export interface WorldModule {
  /** A container has been created. */
  create?(container: number): void;
  /** A task runs now, started or forked from `parent` (−1: started). */
  started?(task: number, parent: number): void;
  /** A task is about to move from its container to another. */
  moving?(task: number, to: number): void;
  /** A task is about to end; what it maps is still mapped. */
  exiting?(task: number): void;
  /** A container is about to go; no task and no child is left in it. Called before the page policy deals with its pages. */
  remove?(container: number): void;
  /**
   * Whether something of the module besides what is charged keeps the removed container in memory, as an open socket does. When it no longer does, the module says
   * so by `world.dying.fell`.
   */
  holds?(container: number): boolean;
  /** Between two slices of operations: work that was put off. */
  settle?(): void;
  /** Pages charged to `current` of exactly this container by the module; none without it. */
  chargedPages?(container: number): number;
  /** Frames that the module holds. */
  readonly frame_count: number;
  /** Checks the law of the module. Null if it holds; else the error with the two numbers. */
  check(): LabError | null;
  /** What its accounts cost; nothing without it. */
  cost?(): PolicyCost;
}

/** What the world asks of the machinery of an axis: its substrate with the policy that the model chose for it. */
export interface AxisModule<A extends ModuleAxis> extends WorldModule {
  /** Carries out a step of the axis. */
  perform(op: AxisOp<A>): void;
}

/** A module whose steps take long: they come back as work, instead of being performed at once. */
export interface SlicedAxisModule<A extends ModuleAxis> extends WorldModule {
  begin(op: AxisOp<A>): Work;
}
