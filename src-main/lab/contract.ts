import { z } from 'zod';
import type { LabError } from '../../src-engine/base/result.ts';
import type { AttackCell, AttackLoss, AttackMatrix, AttackRow, AttackVerdict } from '../../src-engine/compare/attacks.ts';
import type { CriteriaTable, CriterionCell, CriterionRow, Figure, MissingCell, Tone } from '../../src-engine/compare/criteria/types.ts';
import type { Divergence } from '../../src-engine/compare/divergence.ts';
import type { Fidelity, FidelityCell, FidelitySample, Parting, PlacedCell, Verdict } from '../../src-engine/compare/fidelity.ts';
import type { Slack, SlackCause } from '../../src-engine/compare/slack.ts';
import type { TraceEventFields } from '../../src-engine/formats/ftrace-fields.ts';
import type { EventRow } from '../../src-engine/record/events.ts';
import type { TimedEvent } from '../../src-engine/record/find-events.ts';
import { PAGE_MAP_MODES, type PageDifferenceView, type PageMapMode, type PageMapView } from '../../src-engine/record/page-values.ts';
import type { DensityView, ExpectationResult, ReclaimPass, RunMeta, RunNames, SeriesView, StateView } from '../../src-engine/record/run.ts';
import type { PageStory } from '../../src-engine/record/run-pages.ts';
import type { CounterPart, CounterWhy, PageWhy, WhyLink } from '../../src-engine/record/why.ts';
import type { CompletionOption } from '../../src-engine/scenario/completion.ts';
import type { HoverHelp } from '../../src-engine/scenario/hover.ts';
import type { PreviewContainer, ScenarioPreview } from '../../src-engine/scenario/preview.ts';
import type { WrittenStep } from '../../src-engine/scenario/written-steps.ts';
import { type ComparisonRow, SHARING_METHODS, type SharingAnswers, type SharingProgress } from './sharing-contract.ts';

/**
 * The lab's one API. Every host exposes exactly this: the Electron window over a message port, the browser over a socket.
 * Each method has a zod schema for its parameters, checked at the boundary, and a type for its answer.
 * Answers are structured-cloneable plain data with typed arrays in them (`wire.ts` carries those over a socket).
 */

const id = z.int().positive();
const cursor = z.int().nonnegative();
const modelName = z.string().min(1).max(500);
const seekTarget = z.union([
  z.strictObject({ event: cursor }),
  z.strictObject({ step: cursor }),
  z.strictObject({ time_ns: z.number().nonnegative() }),
  z.strictObject({ by: z.enum(['event', 'step', 'pass', 'notable']), delta: z.union([z.literal(1), z.literal(-1)]), from_event: cursor }),
]);

/** Name that a caller gives to a search that may take long, to end it by `cancelSearch`. */
const search = z.string().min(1).max(100).optional();
const PAGE_RANGE = { mode: z.enum(PAGE_MAP_MODES), from_page: cursor, to_page: cursor, bucket_count_max: z.int().min(1).max(1_048_576) };

/** Which attacks, and against which models; all where left out. */
const ATTACKS_WANTED = { scenario_ids: z.array(id).min(1).max(1000).optional(), models: z.array(modelName).min(1).max(64).optional() };

/** A scenario, and how it is to run on kernels. */
const ON_KERNELS = {
  scenario_id: id,
  kernels: z.array(z.string().min(1).max(4096)).min(1).max(8),
  cgroup: z.union([z.literal(1), z.literal(2)]).prefault(2),
  accounts: z
    .array(z.enum(['memcg', 'pss', 'rss', 'zones']))
    .min(1)
    .max(4)
    .prefault(['memcg']),
  trace: z.boolean().prefault(true),
  /** Run without the limits that the kernel lacks instead of being refused for them, as a model without them runs. */
  leave_out_limits: z.boolean().prefault(false),
} as const;

export const METHODS = {
  /** All scenarios and runs, newest first. */
  library: z.strictObject({}),
  models: z.strictObject({}),
  /** The model that a composition stands for (`memcg-v2,sockets=separate`), under the name that runs are recorded with. Errors: what is wrong with it. */
  checkModel: z.strictObject({ model: modelName }),
  scenario: z.strictObject({ scenario_id: id, revision_id: id.optional() }),
  /** Saves a new revision (content-addressed; the same text twice is one revision). Without scenario_id: a new scenario. A text with errors is saved too and says so. */
  saveScenario: z.strictObject({ scenario_id: id.optional(), text: z.string().max(8 * 1024 * 1024) }),
  duplicateScenario: z.strictObject({ scenario_id: id }),
  deleteScenario: z.strictObject({ scenario_id: id }),
  importScenario: z.strictObject({ file_name: z.string().max(1024), text: z.string().max(8 * 1024 * 1024) }),
  /** Errors of a text, for the editor's marks. */
  checkScenario: z.strictObject({ text: z.string().max(8 * 1024 * 1024) }),
  completeScenario: z.strictObject({ text: z.string().max(8 * 1024 * 1024), offset: cursor }),
  /** Help on the word at an offset, in the words of the reference page. */
  hoverScenario: z.strictObject({ text: z.string().max(8 * 1024 * 1024), offset: cursor }),
  /** Steps that a text spells out, each with the lines that it is written on. */
  writtenSteps: z.strictObject({ text: z.string().max(8 * 1024 * 1024) }),
  /** Starting points of new scenarios. */
  templates: z.strictObject({}),
  formatScenario: z.strictObject({ text: z.string().max(8 * 1024 * 1024) }),
  /** Starts one recording per model; they run one after another. */
  startRuns: z.strictObject({ scenario_id: id, models: z.array(modelName).min(1).max(64) }),
  /** Records the rest of an interrupted run. */
  finishRun: z.strictObject({ run_id: id }),
  cancelRun: z.strictObject({ run_id: id }),
  deleteRun: z.strictObject({ run_id: id }),
  /** What the kernel lab has at hand: kernels that need no download, and what it is asked for when none is named. */
  kernels: z.strictObject({}),
  /**
   * Runs a scenario on real kernels (Debian packages, directories, or `BZIMAGE[,MODULES]`), one boot after another, and answers when all have ended. On the way come the notices of
   * any run. What no kernel can do, or this one cannot, is an error, and then there is no run.
   */
  startKernelRuns: z.strictObject({
    ...ON_KERNELS,
    repeat: z.int().min(1).max(100).prefault(1),
    timeout_s: z.int().min(1).max(86_400).prefault(900),
    accel: z.enum(['tcg', 'kvm']).prefault('tcg'),
  }),
  /** What speaks against running a scenario so, and what would have to be downloaded; nothing is downloaded or booted. */
  checkKernelRuns: z.strictObject(ON_KERNELS),
  /** Ends what this lab does for a scenario's runs on kernels: downloads, boots. What is recorded stays. */
  cancelKernelRuns: z.strictObject({ scenario_id: id }),
  /** The console of the guest that a run on a kernel was recorded in. */
  runConsole: z.strictObject({ run_id: id }),
  /** How far the boots of one kernel lie apart: of this run's and of those like it (same text, kernel and account). */
  kernelSpread: z.strictObject({ run_id: id }),
  /** Imports a file of a foreign format, recognised by its content, as runs or scenarios (src-engine/formats/detect.ts). */
  importTrace: z.strictObject({ file_name: z.string().max(1024), bytes: z.instanceof(Uint8Array) }),
  /** The same of a directory's files. */
  importDirectory: z.strictObject({
    name: z.string().max(1024),
    files: z.array(z.strictObject({ path: z.string().max(4096), bytes: z.instanceof(Uint8Array) })).max(100_000),
  }),
  openRun: z.strictObject({ run_id: id }),
  seek: z.strictObject({ run_id: id, target: seekTarget }),
  events: z.strictObject({ run_id: id, from_event: cursor, count: z.int().min(1).max(2000) }),
  /** Events of a range that are of some kinds (codes; none: of all) and have every word of a query in their rows: the first of them, or backwards the last, with their times. */
  findEvents: z.strictObject({
    run_id: id,
    from_event: cursor,
    to_event: cursor,
    direction: z.union([z.literal(1), z.literal(-1)]),
    limit: z.int().min(1).max(2000),
    kinds: z.array(z.int().min(0).max(255)).max(256).readonly().optional(),
    query: z.string().max(2000).optional(),
    search,
  }),
  series: z.strictObject({
    run_id: id,
    series: z
      .array(z.strictObject({ container: cursor, counter: cursor }))
      .min(1)
      .max(512),
    from_event: cursor,
    to_event: cursor,
    bucket_count_max: z.int().min(1).max(8192),
    cut_events: z.array(cursor).max(1024).readonly().optional(),
  }),
  density: z.strictObject({ run_id: id, bucket_count_max: z.int().min(1).max(8192) }),
  passes: z.strictObject({ run_id: id, from_event: cursor, to_event: cursor, limit: z.int().min(1).max(5000) }),
  stepEvents: z.strictObject({ run_id: id, from_step: cursor, to_step: cursor }),
  /** Line of each step in the scenario's text. */
  stepLines: z.strictObject({ run_id: id, from_step: cursor, to_step: cursor }),
  /** Lines of the imported trace's text. */
  sourceLines: z.strictObject({ run_id: id, lines: z.array(z.int().positive()).max(2000) }),
  /** What the text of an imported trace says of an event, in fields; null where the event stands for no line of such a text. */
  eventFields: z.strictObject({ run_id: id, event_index: cursor }),
  /** Pages of an object at an event, by owner and the like, in buckets; null where the object is not there yet. */
  pageMap: z.strictObject({ run_id: id, event_index: cursor, object: cursor, ...PAGE_RANGE, search }),
  /** One page (its number in the whole run) at an event: who is charged, its list, its mappings, and its events around there. */
  pageAt: z.strictObject({ run_id: id, event_index: cursor, page: cursor, limit: z.int().min(1).max(1000), search }),
  /** Where two runs disagree about the pages of an object that both have; null where one has it not, or not of the same size. */
  pageDifference: z.strictObject({
    sides: z.tuple([z.strictObject({ run_id: id, event_index: cursor, object: cursor }), z.strictObject({ run_id: id, event_index: cursor, object: cursor })]),
    ...PAGE_RANGE,
    search,
  }),
  /**
   * The event that changes what is watched next (`A current`, `lib resident`, `lib[812] mapcount`; `A current > 8MiB`), forwards at or after the cursor, backwards before the event
   * that the cursor stands at; null if there is none.
   */
  watch: z.strictObject({ run_id: id, watch: z.string().max(2000), from_event: cursor, direction: z.union([z.literal(1), z.literal(-1)]), search }),
  /** Values of what is watched, at an event. */
  watchValues: z.strictObject({ run_id: id, watches: z.array(z.string().max(2000)).max(64), event_index: cursor, search }),
  /** Why a page (`lib[812]`) is charged to whom it is at an event, or what a counter (`A current`) is made of. */
  why: z.strictObject({ run_id: id, about: z.string().max(2000), event_index: cursor, search }),
  /** Ends the searches of that name; they answer with the error `cancelled`. */
  cancelSearch: z.strictObject({ search: z.string().min(1).max(100) }),
  /** First step at which the shown counters of the runs differ, or with which what differs changes, searched from a step on; null if none. */
  divergence: z.strictObject({
    run_ids: z.array(id).min(2).max(4),
    from_step: cursor,
    direction: z.union([z.literal(1), z.literal(-1)]),
    sought: z.enum(['difference', 'change']).optional(),
    search,
  }),
  /**
   * A run of the simulator beside one of a real kernel, of the same scenario: every counter at every sample, and where they part. Errors: the first is no kernel's run, the second is no
   * simulated one, they are of different scenarios.
   */
  fidelity: z.strictObject({ kernel_run_id: id, model_run_id: id }),
  /** The same as a text to hand on. */
  fidelityText: z.strictObject({ kernel_run_id: id, model_run_id: id, format: z.enum(['markdown', 'text']) }),
  /** The criteria table, as the recorded runs of the battery have it; of every preset if no models are given. Cells whose runs are missing say so. */
  criteria: z.strictObject({ models: z.array(modelName).min(1).max(64).optional() }),
  /** Records the runs of the battery that `criteria` misses. */
  startCriteria: z.strictObject({ models: z.array(modelName).min(1).max(64).optional() }),
  /** The table as text to take away: Markdown, or plain text of 72 columns. */
  criteriaText: z.strictObject({ models: z.array(modelName).min(1).max(64).optional(), format: z.enum(['markdown', 'text']) }),
  /** Attacks of the library (all if not given) against models (all presets): what their latest runs say. Runs that are missing leave their cells unknown. */
  attacks: z.strictObject(ATTACKS_WANTED),
  /** The same as a text to hand on. */
  attacksText: z.strictObject({ ...ATTACKS_WANTED, format: z.enum(['markdown', 'text']) }),
  /** Records what `attacks` misses: for each attack (all if not given) under each model (all presets) the run with the attacker and the one in which it is held back. */
  startAttacks: z.strictObject({
    scenario_ids: z.array(id).min(1).max(1000).optional(),
    models: z.array(z.string().min(1).max(500)).min(1).max(64).optional(),
  }),
  /** What `startCriteria` or `startAttacks` would record for all presets; nothing is. */
  missingRuns: z.strictObject({ table: z.enum(['criteria', 'attacks']) }),
  /** Asks SQL over the views of runs (src-engine/record/sql-views.ts); of all runs if none are named. One query at a time: a new one ends the one under way. */
  sqlQuery: z.strictObject({
    sql: z.string().max(100_000),
    run_ids: z.array(id).max(1000),
    row_max: z.int().min(1).max(1_000_000).prefault(100_000),
    time_max_s: z.int().min(1).max(3600).prefault(60),
  }),
  /** Ends the query under way, if there is one. */
  sqlCancel: z.strictObject({}),
  /** Rows of a result; the last few results are kept. */
  sqlRows: z.strictObject({ query_id: id, from_row: cursor, count: z.int().min(1).max(2000) }),
  /** A whole column of a result, for a chart. */
  sqlColumn: z.strictObject({ query_id: id, column: cursor }),
  /** A result as text to take away. */
  sqlText: z.strictObject({
    query_id: id,
    format: z.enum(['csv', 'markdown', 'text', 'vertical']),
    row_max: z.int().min(1).max(1_000_000).prefault(100_000),
    /** Of plain text, whose long values are cut for it; null: nothing is cut; 72 if not given. */
    line_columns: z.int().min(1).nullable().optional(),
  }),
  bookmarks: z.strictObject({ run_id: id }),
  addBookmark: z.strictObject({ run_id: id, event_index: cursor, note: z.string().max(2000) }),
  deleteBookmark: z.strictObject({ bookmark_id: id }),
  ...SHARING_METHODS,
} as const;

export type {
  AttackCell,
  AttackLoss,
  AttackMatrix,
  AttackRow,
  AttackVerdict,
  ComparisonRow,
  CounterPart,
  CounterWhy,
  CriteriaTable,
  CriterionCell,
  CriterionRow,
  Divergence,
  Fidelity,
  FidelityCell,
  FidelitySample,
  Figure,
  HoverHelp,
  MissingCell,
  PageDifferenceView,
  PageMapMode,
  PageMapView,
  PageStory,
  PageWhy,
  Parting,
  PlacedCell,
  PreviewContainer,
  ScenarioPreview,
  Slack,
  SlackCause,
  Tone,
  TraceEventFields,
  Verdict,
  WhyLink,
  WrittenStep,
};

export type Method = keyof typeof METHODS;
export type Params<M extends Method> = z.input<(typeof METHODS)[M]>;

export interface ScenarioRow {
  readonly id: number;
  readonly name: string;
  readonly about: string;
  readonly origin: 'example' | 'user' | 'import';
  readonly revision_id: number;
  readonly revision_count: number;
  readonly updated_at: string;
  readonly models: readonly string[];
  readonly error_count: number;
}

export type RunStatus = 'recording' | 'complete' | 'interrupted' | 'failed' | 'cancelled';

export interface RunRow {
  readonly id: number;
  /** Null for imported traces. */
  readonly scenario_id: number | null;
  readonly scenario_name: string;
  readonly revision_id: number | null;
  readonly model: string;
  readonly source: RunMeta['source'];
  readonly status: RunStatus;
  readonly event_count: number;
  readonly step_count: number;
  readonly access_count: number;
  readonly end_ns: number;
  readonly log_sha256: string | null;
  readonly stored_bytes: number;
  readonly started_at: string;
  readonly wall_ms: number;
  /** Expectations that did not hold. A run that met its end is `complete` all the same. */
  readonly failed_expectation_count: number;
  /** Version of the rules that it was made by (RunMeta.engine_version); null while nothing of it is recorded. */
  readonly engine_version: string | null;
  readonly error: LabError | null;
}

/** What a table over all models misses. */
export interface MissingRuns {
  /** Runs that recording what is missing would record. */
  readonly run_count: number;
  /** Those of them that were interrupted or cancelled, which are finished instead of made anew. */
  readonly cut_short_count: number;
  /** Runs that are being recorded or wait for it, beside those. */
  readonly under_way_count: number;
  /** About how long recording takes by what the table's recorded runs took, in milliseconds; null where there are none. */
  readonly estimate_ms: number | null;
}

export interface ModelRow {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** When it was proposed or shipped. */
  readonly date: string;
  readonly source: string;
  readonly axes: Readonly<Record<'pages' | 'kernel' | 'sockets' | 'pins' | 'removal', string>>;
  /** Parameters of its policies that are not at their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface ScenarioText extends ScenarioRow {
  readonly text: string;
  readonly revisions: readonly { readonly id: number; readonly created_at: string; readonly sha256: string }[];
}

/** An error with the range of the text it marks (offsets in UTF-16 units). */
export interface TextMark extends LabError {
  readonly from: number;
  readonly to: number;
}

export interface Completion {
  readonly from: number;
  readonly options: readonly CompletionOption[];
}

/** Sums of an imported text that do not add up; shown, never mended. */
export interface ImportSlack {
  readonly what: string;
  readonly stated: number;
  readonly found: number;
  readonly unit: 'bytes' | 'pages' | 'count';
  readonly line?: number;
}

/** A starting point of a new scenario. */
export interface ScenarioTemplate {
  readonly name: string;
  readonly about: string;
  readonly text: string;
}

export interface ImportReport {
  readonly format: string;
  readonly title: string;
  readonly lines_total: number;
  readonly lines_used: number;
  readonly lines_not_understood: number;
  readonly not_understood: readonly { readonly line: number; readonly text: string }[];
  readonly run_ids: readonly number[];
  readonly scenario_ids: readonly number[];
  /** Those of them that were in the library already, with the very same text: nothing was added. */
  readonly known_scenarios: readonly { readonly id: number; readonly name: string }[];
  readonly slack: readonly ImportSlack[];
  /** What was left out or read in a way that a reader should know. */
  readonly notes: readonly string[];
}

export interface RunOpened {
  readonly run: RunRow;
  readonly meta: RunMeta;
  readonly names: RunNames;
  readonly event_count: number;
  readonly step_count: number;
  readonly expectations: readonly ExpectationResult[];
  /** `event_index` is where the cursor stands right after the sample's own event. */
  readonly samples: readonly { readonly name: string; readonly event_index: number; readonly step_index: number }[];
  /** The scenario's text as it was when it ran; null for imported traces. */
  readonly scenario_text: string | null;
}

/** A value of a query's result. */
export type SqlCell = number | string | null;

/** What a query gave; its rows are asked for by `sqlRows`. */
export interface SqlResult {
  readonly query_id: number;
  /** `is_numeric`: the column holds numbers, and no text. */
  readonly columns: readonly { readonly name: string; readonly is_numeric: boolean }[];
  readonly row_count: number;
  /** There would have been more rows than were asked for. */
  readonly is_cut: boolean;
  readonly elapsed_ms: number;
}

/** A table, written. */
export interface WrittenTable {
  readonly text: string;
  /** Columns of which values had to be cut, and of how many rows. */
  readonly cut: readonly { readonly column: string; readonly value_count: number }[];
}

export interface BookmarkRow {
  readonly id: number;
  readonly run_id: number;
  readonly event_index: number;
  readonly note: string;
  readonly created_at: string;
}

/** One counter over several boots of one kernel, in shown units. */
export interface CounterSpread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface SampleSpread {
  readonly sample: string;
  readonly step: number;
  /** By container and counter; counters that are 0 in every boot are left out. */
  readonly containers: Readonly<Record<string, Readonly<Record<string, CounterSpread>>>>;
}

/** How far boots of one kernel lie apart. */
export interface KernelSpread {
  readonly model: string;
  readonly boot_count: number;
  readonly samples: readonly SampleSpread[];
}

export interface Answers extends SharingAnswers<RunRow> {
  readonly library: {
    readonly scenarios: readonly ScenarioRow[];
    readonly runs: readonly RunRow[];
    /** Scenarios whose runs the tables of criteria and of attacks are read from. */
    readonly table_scenario_ids: readonly number[];
  };
  readonly models: readonly ModelRow[];
  readonly checkModel: { readonly id: string };
  readonly scenario: ScenarioText;
  readonly saveScenario: { readonly scenario: ScenarioRow; readonly marks: readonly TextMark[] };
  readonly duplicateScenario: ScenarioRow;
  readonly deleteScenario: null;
  readonly importScenario: { readonly scenario: ScenarioRow; readonly marks: readonly TextMark[] };
  /** `models`: those that the text names; `preview`: what it sets up and who uses what. Null where it has errors. */
  readonly checkScenario: { readonly marks: readonly TextMark[]; readonly models: readonly string[] | null; readonly preview: ScenarioPreview | null };
  readonly completeScenario: Completion | null;
  readonly hoverScenario: HoverHelp | null;
  readonly writtenSteps: readonly WrittenStep[];
  readonly templates: readonly ScenarioTemplate[];
  readonly formatScenario: { readonly text: string };
  readonly startRuns: { readonly run_ids: readonly number[] };
  readonly finishRun: null;
  readonly cancelRun: null;
  readonly deleteRun: null;
  /** `others`: packages of other releases; `timeout_s`: of a boot, where none is given; `lacked`: what this computer lacks to boot any. */
  readonly kernels: {
    readonly cached: readonly string[];
    readonly suggested: string;
    readonly others: readonly string[];
    readonly timeout_s: number;
    readonly lacked: readonly LabError[];
  };
  /** `download`: null where the kernel is at hand, or is not to be had (`errors`). */
  readonly checkKernelRuns: {
    readonly refusals: readonly LabError[];
    readonly needs: readonly {
      readonly kernel: string;
      readonly download: { readonly packages: readonly string[]; readonly bytes: number } | null;
      readonly errors: readonly LabError[];
    }[];
  };
  readonly cancelKernelRuns: null;
  readonly runConsole: { readonly text: string };
  /** `spread`: null with fewer than two boots. Newest run last. */
  readonly kernelSpread: { readonly run_ids: readonly number[]; readonly spread: KernelSpread | null };
  readonly startKernelRuns: { readonly run_ids: readonly number[] };
  readonly importTrace: ImportReport;
  readonly importDirectory: ImportReport;
  readonly openRun: RunOpened;
  readonly seek: StateView;
  readonly events: readonly EventRow[];
  readonly series: readonly SeriesView[];
  readonly findEvents: readonly TimedEvent[];
  readonly density: DensityView;
  readonly passes: readonly ReclaimPass[];
  readonly stepEvents: Float64Array;
  readonly stepLines: Float64Array;
  readonly sourceLines: readonly { readonly line: number; readonly text: string }[];
  readonly eventFields: TraceEventFields | null;
  readonly pageMap: PageMapView | null;
  readonly pageAt: PageStory;
  readonly watch: { readonly text: string; readonly hit: { readonly event_index: number; readonly before: string; readonly after: string } | null };
  readonly watchValues: readonly { readonly text: string; readonly value: string | null; readonly error: LabError | null }[];
  /** One of the two. */
  readonly why: { readonly page: PageWhy | null; readonly counter: CounterWhy | null };
  readonly pageDifference: PageDifferenceView | null;
  readonly cancelSearch: null;
  readonly divergence: Divergence | null;
  readonly fidelity: Fidelity;
  readonly fidelityText: { readonly text: string };
  readonly criteria: CriteriaTable;
  readonly startCriteria: { readonly run_ids: readonly number[] };
  readonly criteriaText: { readonly text: string };
  readonly attacks: AttackMatrix;
  readonly attacksText: { readonly text: string };
  readonly startAttacks: { readonly run_ids: readonly number[] };
  readonly missingRuns: MissingRuns;
  readonly sqlQuery: SqlResult;
  readonly sqlCancel: null;
  readonly sqlRows: readonly (readonly SqlCell[])[];
  /** `values`: NaN where the cell is no number. `labels`: the column as text where any cell is text. */
  readonly sqlColumn: { readonly values: Float64Array; readonly labels: readonly string[] | null };
  readonly sqlText: WrittenTable;
  readonly bookmarks: readonly BookmarkRow[];
  readonly addBookmark: BookmarkRow;
  readonly deleteBookmark: null;
}
export type Answer<M extends Method> = Answers[M];

/** What the lab tells without being asked. */
export type LabNotice =
  | {
      readonly kind: 'run-progress';
      readonly run_id: number;
      readonly model: string;
      readonly event_count: number;
      readonly access_count: number;
      readonly access_total: number;
      readonly step_index: number;
      readonly step_total: number;
      readonly accesses_per_s: number;
      readonly left_ms: number | null;
    }
  | { readonly kind: 'run-ended'; readonly run: RunRow }
  | { readonly kind: 'library-changed' }
  /** A file of somebody else's was opened, closed or kept. */
  | { readonly kind: 'files-changed' }
  | SharingProgress
  /** What is done for runs on kernels before there is a run: looking for a kernel, booting it. Null: all have ended. */
  | { readonly kind: 'kernel-stage'; readonly scenario_id: number; readonly scenario_name: string; readonly stage: string | null }
  /** The engine's or the player's process went down; the run it recorded is kept as interrupted. */
  | { readonly kind: 'process-crashed'; readonly process: 'engine' | 'player' | 'query'; readonly error: LabError };

/** A message from a window to the lab, and back. */
export interface LabRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}
export type LabReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly errors: readonly LabError[] };
export type LabMessage = { readonly reply: LabReply } | { readonly notice: LabNotice };

/** What a window holds: the lab behind whichever transport. A failed call rejects nothing; errors are values. */
export interface LabClient {
  call<M extends Method>(
    method: M,
    params: Params<M>,
  ): Promise<{ readonly ok: true; readonly value: Answer<M> } | { readonly ok: false; readonly errors: readonly LabError[] }>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (notice: LabNotice) => void): () => void;
}
