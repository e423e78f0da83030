import { setImmediate } from 'node:timers/promises';
import { plainFigures } from '../../../src-engine/base/figures.ts';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { type Divergence, findDivergence, stateAfterStep } from '../../../src-engine/compare/divergence.ts';
import type { SvgChart } from '../../../src-engine/formats/chart-svg.ts';
import { resolveModel } from '../../../src-engine/models/model.ts';
import { COUNTER } from '../../../src-engine/record/counters.ts';
import { describeEvent, kindName } from '../../../src-engine/record/describe-event.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import { KIND } from '../../../src-engine/record/events.ts';
import { type StepText, scenarioLines, stepTexts } from '../../../src-engine/record/step-texts.ts';
import { PRESETS, type Preset } from '../../../src-engine/scenario/presets.ts';
import { type Comparison, compareRuns } from '../compare-runs.ts';
import type { SampleReport } from '../run-report.ts';
import { containersOfState } from '../sample.ts';
import { summarise } from '../scenario-text.ts';
import { sha256Of } from '../share/format.ts';
import type { DyingReport } from '../state-report.ts';
import { LAB_VERSION } from '../version.ts';
import type { ExportRun } from './export-runs.ts';

/** An event worth a reader's time. */
export interface NotableEvent {
  readonly event_number: number;
  readonly step_index: number;
  readonly time_ns: number;
  readonly container: string;
  readonly task: string;
  /** What happened, with its kind. */
  readonly words: string;
}

/** How often each kind of notable event happened in a run, and the first few. */
export interface NotableEvents {
  readonly counts: readonly { readonly kind: string; readonly count: number }[];
  readonly shown: readonly NotableEvent[];
}

/** A model of the report, in the words of its page. */
export interface ReportedModel {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly rules: readonly string[];
  readonly choices: string;
}

export interface ReportedRun {
  readonly run: ExportRun;
  readonly notable: NotableEvents;
  readonly chart: SvgChart | null;
  /** Moments at which removed containers still held something, the end of the run among them where it is another. */
  readonly dying: readonly DyingMoment[];
}

/** A moment of a run, and the containers that were dying then. */
export interface DyingMoment {
  /** `both-read (step 3)`, or `the end`. */
  readonly moment: string;
  readonly dying: readonly DyingReport[];
}

/** Everything that a report says. It holds no clock: the same runs make the same report. */
export interface Report {
  readonly scenario_name: string;
  readonly about: string;
  readonly text: string | null;
  readonly text_sha256: string | null;
  readonly runs: readonly ReportedRun[];
  readonly models: readonly ReportedModel[];
  /** Sample by sample; the first run is the baseline. */
  readonly comparison: Comparison;
  readonly divergence: Divergence | null;
  /** The divergence's step as each run's scenario has it, runs that have it alike together: one entry, but for runs of several revisions. */
  readonly divergence_steps: readonly StepText[];
  /** Runs of another revision of the scenario than `text`. */
  readonly other_texts: readonly { readonly label: string; readonly sha256: string }[];
  readonly lab_version: string;
}

const NOTABLE_SHOWN = 12;
/** Kinds that are listed: what a container or task meets, not how reclaim went about it. */
const LISTED: readonly number[] = [
  KIND.oom_kill,
  KIND.op_fail,
  KIND.container_remove,
  KIND.container_create_failed,
  KIND.pin_refused,
  KIND.tcp_drop,
  KIND.step_skip,
];
/** Kinds that are counted besides. */
const COUNTED: readonly number[] = [KIND.memory_event, KIND.reclaim_begin, KIND.page_evict, KIND.oom_notice, ...LISTED];
const CHART_POINTS = 1024;
const CHART_LINES_MAX = 8;

function notableOf({ reader, player, words }: ExportRun): NotableEvents {
  const counts = COUNTED.map((kind) => ({ kind: kindName(kind), count: reader.blocks.reduce((sum, { kind_counts }) => sum + (kind_counts[kind] ?? 0), 0) }));
  const shown: NotableEvent[] = [];
  for (const entry of reader.blocks) {
    if (shown.length >= NOTABLE_SHOWN) break;
    if (LISTED.every((kind) => (entry.kind_counts[kind] ?? 0) === 0)) continue;
    for (let from = entry.first_event; from < entry.first_event + entry.event_count && shown.length < NOTABLE_SHOWN; from += 2000) {
      const rows = player.events(from, Math.min(2000, entry.first_event + entry.event_count - from));
      for (const event of rows.filter(({ kind }) => LISTED.includes(kind)).slice(0, NOTABLE_SHOWN - shown.length)) {
        const state = player.seek({ event: eventNumber(event.index) });
        shown.push({
          event_number: eventNumber(event.index),
          step_index: state.step_index,
          time_ns: state.time_ns,
          container: words.container(event.container),
          task: words.task(event.task),
          words: `${kindName(event.kind)}: ${plainFigures(describeEvent(event, words))}`,
        });
      }
    }
  }
  return { counts: counts.filter(({ count }) => count > 0), shown };
}

/** `current` of a run's containers over its events: those that were charged most, in the order of the tree. Null where nothing tells it. */
export function containersChart(run: ExportRun): SvgChart | null {
  const { player, last, row, label } = run;
  const children = last.containers.filter(({ parent }) => parent >= 0);
  const chosen = (children.length === 0 ? last.containers : children)
    .map((container) => ({ container, peak: container.counters[COUNTER.peak] || 0 }))
    .sort((a, b) => b.peak - a.peak || a.container.id - b.container.id)
    .slice(0, CHART_LINES_MAX)
    .map(({ container }) => container)
    .sort((a, b) => a.id - b.id);
  if (chosen.length === 0 || player.event_count === 0) return null;
  const series = player.series({
    series: chosen.map(({ id }) => ({ container: id, counter: COUNTER.current })),
    from_event: 0,
    to_event: player.event_count,
    bucket_count_max: CHART_POINTS,
  });
  // A trace knows of no container what it is charged.
  if (series.every(({ last: y }) => y.every(Number.isNaN))) return null;
  return {
    title: 'current by container',
    subtitle: `${row.scenario_name}, ${label}`,
    unit: 'bytes',
    x_title: 'event',
    x_from: 0,
    x_to: player.event_count,
    lines: series.map(({ x, last: y, min, max }, index) => ({ label: chosen[index].path, style_index: index, points: { x, y }, band: { min, max } })),
  };
}

function modelOf(id: string): ReportedModel {
  const resolved = resolveModel(id);
  const preset: Preset | undefined = PRESETS.find((one) => one.id === id.split(',')[0]);
  const choices = resolved.ok ? Object.entries(resolved.value.axes).map(([axis, policy]) => `${axis}=${policy}`) : [];
  return {
    id,
    title: preset?.title ?? '',
    summary: preset === undefined ? '' : preset.summary,
    source: preset === undefined ? '' : `${preset.source} (${preset.date})`,
    rules: preset?.rules ?? [],
    choices: choices.join(' '),
  };
}

/** What a run's tables show: its samples; of a run that has none, such as a trace or a watched tree, what stood at its beginning and at its end. */
function momentsOf({ report, player }: ExportRun): readonly SampleReport[] {
  const { samples, end } = report;
  if (samples.length > 0 || end === null || player.step_count === 0) return samples;
  const moment = (sample: string, step: number, containers: SampleReport['containers']): SampleReport => ({ sample, step, containers, tasks: {} });
  const first = moment('at its beginning, after the first step', 0, containersOfState(stateAfterStep(player, 0)));
  return player.step_count === 1 ? [first] : [first, moment('at its end', end.step, end.containers)];
}

function dyingMoments({ report: { samples, end } }: ExportRun): readonly DyingMoment[] {
  const moments = samples.map(({ sample, step, dying = [] }) => ({ moment: `${sample} (step ${step})`, dying }));
  const at_end = end?.dying ?? [];
  const is_new = JSON.stringify(at_end) !== JSON.stringify(moments.at(-1)?.dying ?? []);
  return [...moments, ...(is_new ? [{ moment: 'the end', dying: at_end }] : [])].filter(({ dying }) => dying.length > 0);
}

/** Gathers a report of runs of one scenario; the first is the baseline. Error: they are of several scenarios. Throws DamagedRecording. */
export async function gatherReport(runs: readonly ExportRun[]): Promise<Result<Report>> {
  const [first] = runs;
  if (first === undefined) return fail({ code: 'no-runs', message: 'A report is of one run or more.' });
  if (runs.some(({ text, row }) => text !== first.text && (row.scenario_id === null || row.scenario_id !== first.row.scenario_id)))
    return fail({ code: 'not-comparable', message: 'A report is of runs of one scenario.', remedy: 'make one for each scenario' });
  const divergence =
    runs.length < 2
      ? null
      : await findDivergence(
          runs.map(({ player }) => player),
          0,
          1,
          setImmediate,
        );
  const models = [...new Set(runs.filter(({ row }) => row.source === 'engine').map(({ row }) => row.model))];
  return ok({
    scenario_name: first.row.scenario_name,
    about: first.text === null ? '' : summarise(first.text).about,
    text: first.text,
    text_sha256: first.text === null ? null : sha256Of(first.text),
    runs: runs.map((run) => ({ run, notable: notableOf(run), chart: containersChart(run), dying: dyingMoments(run) })),
    models: models.map(modelOf),
    comparison: compareRuns(runs.map((run) => ({ ...run.report, model: run.label, samples: momentsOf(run) }))),
    divergence,
    divergence_steps:
      divergence === null
        ? []
        : stepTexts(
            runs.map(({ player, text, label }) => ({
              title: label,
              scenario_lines: scenarioLines(text),
              line: stateAfterStep(player, divergence.step_index).step_line,
            })),
          ),
    other_texts: runs.flatMap(({ text, label }) => (text === null || text === first.text ? [] : [{ label, sha256: sha256Of(text) }])),
    lab_version: LAB_VERSION,
  });
}
