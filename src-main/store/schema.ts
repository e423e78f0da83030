import type { Generated } from 'kysely';
import type { RunMeta } from '../../src-engine/record/run.ts';
import type { RunStatus, ScenarioRow } from '../lab/contract.ts';

/** The tables as the newest migration leaves them. Columns that end in a type's name in a comment hold JSON of that type. */
export interface Tables {
  readonly revisions: RevisionsTable;
  readonly scenarios: ScenariosTable;
  readonly scenario_revisions: ScenarioRevisionsTable;
  readonly shipped_examples: ShippedExamplesTable;
  readonly attachments: AttachmentsTable;
  readonly runs: RunsTable;
  readonly blocks: BlocksTable;
  readonly keyframes: KeyframesTable;
  readonly series: SeriesTable;
  readonly samples: SamplesTable;
  readonly expectations: ExpectationsTable;
  readonly bookmarks: BookmarksTable;
  readonly library_state: LibraryStateTable;
  readonly comparisons: ComparisonsTable;
  readonly comparison_runs: ComparisonRunsTable;
}

export interface RevisionsTable {
  id: Generated<number>;
  sha256: string;
  text: string;
}

export interface ScenariosTable {
  id: Generated<number>;
  name: string;
  about: string;
  origin: ScenarioRow['origin'];
  source_path: string | null;
  /** string[] */
  models: string;
  error_count: number;
  revision_id: number;
  created_at: string;
  updated_at: string;
}

export interface ScenarioRevisionsTable {
  scenario_id: number;
  revision_id: number;
  created_at: string;
}

export interface ShippedExamplesTable {
  file_name: string;
  sha256: string;
  /** Null: the user deleted it. */
  scenario_id: number | null;
}

export interface AttachmentsTable {
  id: Generated<number>;
  file_name: string;
  size_bytes: number;
  data: Uint8Array;
}

export interface RunsTable {
  id: Generated<number>;
  scenario_id: number | null;
  scenario_name: string;
  revision_id: number | null;
  base_dir: string | null;
  attachment_id: number | null;
  source: RunMeta['source'];
  model: string;
  status: RunStatus;
  /** RunMeta */
  meta: string | null;
  /** RunNames */
  names: string | null;
  event_count: Generated<number>;
  step_count: Generated<number>;
  access_count: Generated<number>;
  end_ns: Generated<number>;
  log_sha256: string | null;
  stored_bytes: Generated<number>;
  started_at: string;
  wall_ms: Generated<number>;
  /** LabError */
  error: string | null;
  recorder: string | null;
  heartbeat_ms: Generated<number>;
}

export interface BlocksTable {
  run_id: number;
  block_index: number;
  first_event: number;
  event_count: number;
  first_step: number;
  first_time_ns: number;
  kind_counts: Uint8Array;
  log_sha256: string;
  data: Uint8Array;
}

export interface KeyframesTable {
  run_id: number;
  block_index: number;
  data: Uint8Array;
}

export interface SeriesTable {
  run_id: number;
  block_index: number;
  level: number;
  data: Uint8Array;
}

export interface SamplesTable {
  run_id: number;
  sample_index: number;
  name: string;
  event_index: number;
  step_index: number;
  /** StoredSample */
  data: string;
}

export interface ExpectationsTable {
  run_id: number;
  expectation_index: number;
  line: number;
  step_index: number;
  path: string;
  counter: string;
  expected: number;
  tolerance: number;
  actual: number;
  held: number;
}

export interface BookmarksTable {
  id: Generated<number>;
  run_id: number;
  event_index: number;
  note: string;
  created_at: string;
}

export interface LibraryStateTable {
  id: number;
  version: number;
}

export interface ComparisonsTable {
  id: Generated<number>;
  name: string;
  baseline_run_id: number | null;
  created_at: string;
  note: Generated<string>;
}

export interface ComparisonRunsTable {
  comparison_id: number;
  position: number;
  run_id: number;
}
