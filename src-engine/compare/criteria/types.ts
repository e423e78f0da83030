import type { FigureUnit } from '../../base/figures.ts';

/** The questions that the table asks of every model, in the order of the SoftwareZones page. */
export const CRITERION_IDS = ['limits', 'code', 'storage', 'runtime', 'resize', 'creation', 'sharing', 'overcommit', 'attack'] as const;
export type CriterionId = (typeof CRITERION_IDS)[number];

/** How a verdict reads to somebody who wants the property: it has it, has it at a price, or has it not; `plain` for a list that is no judgement. */
export type Tone = 'good' | 'mixed' | 'bad' | 'plain';

export interface Verdict {
  readonly word: string;
  readonly tone: Tone;
}

/** A measured number. `share` is of 1; `operations` are per page; `factor` is of physical memory. */
export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly unit: FigureUnit;
}

/** Where a figure can be seen: a run of the battery, and the step and event to look at. */
export interface Evidence {
  readonly scenario: string;
  readonly run_id: number | null;
  readonly step_index: number;
  readonly event_index: number;
}

/** One criterion of one model, as it was measured. */
export interface CriterionCell {
  readonly criterion: CriterionId;
  readonly model: string;
  readonly figures: readonly Figure[];
  /** What the figures say in a few words; the one to show where there is room for one line only. */
  readonly summary: string;
  readonly verdict: Verdict;
  /** Points of the kernel that the policy must hook; only for code overhead. */
  readonly hooks: readonly string[];
  /** What the SoftwareZones page says of this scheme, where its cell is not empty. */
  readonly seed: string | null;
  /** Why the measurement says otherwise than the page; null where it does not. */
  readonly contradiction: string | null;
  readonly evidence: readonly Evidence[];
}

/** What a measure finds: all of a cell but whose it is, and what was said of it before. */
export type Finding = Pick<CriterionCell, 'figures' | 'summary' | 'verdict' | 'evidence'>;

/** Why a cell has no measurement yet. */
export interface MissingCell {
  readonly criterion: CriterionId;
  readonly model: string;
  readonly missing: string;
}

export interface CriterionRow {
  readonly id: CriterionId;
  readonly title: string;
  readonly question: string;
  /** How the verdict follows from the figures. */
  readonly rule: string;
  /** Scenarios of the battery that it is measured in (names of files under examples/criteria). */
  readonly scenarios: readonly string[];
}

/** The table: criteria × models. `cells[i][j]` is criterion i of model j. */
export interface CriteriaTable {
  readonly criteria: readonly CriterionRow[];
  readonly models: readonly { readonly id: string; readonly title: string }[];
  readonly cells: readonly (readonly (CriterionCell | MissingCell)[])[];
}
