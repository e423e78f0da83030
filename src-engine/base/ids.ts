/** Branded numbers: the compiler keeps a page apart from a container though both are plain integers at run time. */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** A page of some object (file, tmpfs, anonymous area), numbered over the whole run: `object.base + index`. */
export type PageId = Branded<number, 'PageId'>;
/** A container of a run. Id 0 is the root `.`; a container created again under the same path gets a new id. */
export type ContainerId = Branded<number, 'ContainerId'>;
/** A task of a run, one id per task name of the scenario. */
export type TaskId = Branded<number, 'TaskId'>;
/** An object of a run: a file, a tmpfs file, or one anonymous area of one task. */
export type ObjectId = Branded<number, 'ObjectId'>;
/** Number of events before this point of a run: the cursor 0 stands before the first event. */
export type EventIndex = Branded<number, 'EventIndex'>;
/** Step of a run, counted as executed (a repeated step counts each time). The clock that all models share. */
export type StepIndex = Branded<number, 'StepIndex'>;
/** Index into a table of names (see `RunNames`). */
export type NameId = Branded<number, 'NameId'>;
/** A run in the store. */
export type RunId = Branded<number, 'RunId'>;
/** A scenario in the store. */
export type ScenarioId = Branded<number, 'ScenarioId'>;

export const asPageId = (value: number): PageId => value as PageId;
export const asContainerId = (value: number): ContainerId => value as ContainerId;
export const asTaskId = (value: number): TaskId => value as TaskId;
export const asObjectId = (value: number): ObjectId => value as ObjectId;
export const asEventIndex = (value: number): EventIndex => value as EventIndex;
export const asStepIndex = (value: number): StepIndex => value as StepIndex;
export const asNameId = (value: number): NameId => value as NameId;
export const asRunId = (value: number): RunId => value as RunId;
export const asScenarioId = (value: number): ScenarioId => value as ScenarioId;

/** The root container `.`. */
export const ROOT_CONTAINER = 0 as ContainerId;
/** In an event column: no container, task, or page. All ones of the column's width. */
export const NO_CONTAINER = 0xffff;
export const NO_TASK = 0xffff;
export const NO_PAGE = 0xffffffff;

/** Bytes of a page. The only page size the lab models. */
export const PAGE_SIZE_BYTES = 4096;
/** `PAGE_COUNTER_MAX` of mm/page_counter.c: LONG_MAX / PAGE_SIZE. The value of a limit that reads `max`. */
export const UNLIMITED_PAGES = 2_251_799_813_685_247;
