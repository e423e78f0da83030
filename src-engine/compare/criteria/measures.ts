import { formatFigure, plural } from '../../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../../base/ids.ts';
import { measureAttack } from './attack.ts';
import type { BatteryScenario, Measured } from './battery.ts';
import { measureLimits } from './limits.ts';
import { containerAt, costAt, counterAt, evidenceAt, type MeasuredRun, residentPages, sampleOf } from './measured-run.ts';
import { measureRuntime, measureStorage } from './overhead.ts';
import { trueShares } from './true-sharing.ts';
import type { CriterionId, Evidence, Finding, Verdict } from './types.ts';

/** A criterion that is measured in runs. */
export interface Measure {
  readonly scenarios: readonly BatteryScenario[];
  readonly title: string;
  readonly question: string;
  readonly rule: string;
  readonly measure: (measured: Measured) => Finding;
}

const RESIZED = { objects: ['heap', 'library', 'first', 'second'], limit_bytes: 12 * 2 ** 20 } as const;
/** A limit is met when no more than a hundredth of it is held above it. */
const SLACK = 1.01;

function measureResize({ runs: { resize: run } }: Measured): Finding {
  const [full, raised, filled, lowered] = ['full', 'raised', 'full-again', 'lowered'].map((name) => sampleOf(run, name));
  const held_bytes = RESIZED.objects.reduce((pages, object) => pages + residentPages(lowered, object), 0) * PAGE_SIZE_BYTES;
  const above_pages = Math.max(0, held_bytes - RESIZED.limit_bytes) / PAGE_SIZE_BYTES;
  const moved = costAt(lowered, 'pages_migrated') - costAt(full, 'pages_migrated');
  const raise_ns = raised.time_ns - full.time_ns;
  const lower_ns = lowered.time_ns - filled.time_ns;
  const failed = run.harms.length > 0;
  const verdict: Verdict = failed
    ? { word: 'fails', tone: 'bad' }
    : held_bytes > RESIZED.limit_bytes * SLACK
      ? { word: 'not held to it', tone: 'bad' }
      : moved > 0
        ? { word: 'moves pages', tone: 'mixed' }
        : { word: 'easy', tone: 'good' };
  const time = formatFigure({ value: raise_ns + lower_ns, unit: 'ns' });
  return {
    figures: [
      { label: 'time to raise the limit', value: raise_ns, unit: 'ns' },
      { label: 'time to lower it', value: lower_ns, unit: 'ns' },
      { label: 'pages moved', value: moved, unit: 'pages' },
      { label: 'pages still held above the lowered limit', value: above_pages, unit: 'pages' },
    ],
    summary: `${above_pages > 0 ? `${plural(above_pages, 'page')} above the limit, ` : ''}${plural(moved, 'page')} moved, ${time}`,
    verdict,
    evidence: [evidenceAt(run, 'lowered')],
  };
}

const CREATED = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8'] as const;

function measureCreation({ runs: { creation: run } }: Measured): Finding {
  const [before, after] = ['fragmented', 'created'].map((name) => sampleOf(run, name));
  const created = CREATED.filter((path) => containerAt(after, path) !== undefined).length;
  const resident = before.objects.reduce((pages, object) => pages + object.resident_page_count, 0);
  const share = created / CREATED.length;
  const each_ns = (after.time_ns - before.time_ns) / CREATED.length;
  return {
    figures: [
      { label: 'created', value: share, unit: 'share' },
      { label: 'time for each', value: each_ns, unit: 'ns' },
      { label: 'memory that was free', value: 1 - resident / run.memory_pages, unit: 'share' },
    ],
    summary: `${created} of ${CREATED.length} created, ${formatFigure({ value: each_ns, unit: 'ns' })} each`,
    verdict: share === 1 ? { word: 'always', tone: 'good' } : share === 0 ? { word: 'never', tone: 'bad' } : { word: 'sometimes', tone: 'mixed' },
    evidence: [evidenceAt(run, 'created')],
  };
}

function measureSharing({ runs: { sharing: run }, programs: { sharing: program } }: Measured): Finding {
  const state = sampleOf(run, 'shared');
  const truth = trueShares(program, 'shared');
  let over_pages = 0;
  let under_pages = 0;
  let true_pages = 0;
  let charged_pages = 0;
  for (const [path, pages] of truth) {
    const charged = counterAt(state, path, 'current') / PAGE_SIZE_BYTES;
    over_pages += Math.max(0, charged - pages);
    under_pages += Math.max(0, pages - charged);
    true_pages += pages;
    charged_pages += charged;
  }
  const error = Math.max(over_pages, under_pages) / true_pages;
  return {
    figures: [
      { label: 'error against true sharing', value: error, unit: 'share' },
      { label: 'charged too much', value: over_pages / true_pages, unit: 'share' },
      { label: 'charged too little', value: under_pages / true_pages, unit: 'share' },
      { label: 'charged in all, of memory in use', value: charged_pages / true_pages, unit: 'share' },
    ],
    summary: `${formatFigure({ value: error, unit: 'share' })} charged wrongly`,
    verdict: error <= 0.05 ? { word: 'yes', tone: 'good' } : error <= 0.25 ? { word: 'roughly', tone: 'mixed' } : { word: 'no', tone: 'bad' },
    evidence: [evidenceAt(run, 'shared')],
  };
}

/** Limit of each container of the scenario `overcommit`, in pages. */
const EACH_MAX_PAGES = (16 * 2 ** 20) / PAGE_SIZE_BYTES;
const HARM_WORDS = {
  container_create_failed: 'a container could not be created',
  op_fail: 'an allocation failed',
  oom_kill: 'a task was killed',
} as const;

function measureOvercommit({ runs: { overcommit: run } }: Measured): Finding {
  const [harm] = run.harms;
  const served = [...run.at].filter(([, state]) => harm === undefined || state.event_index <= harm.event_index);
  const factor = (served.length * EACH_MAX_PAGES) / run.memory_pages;
  const [last = 'served-01'] = served.map(([name]) => name).slice(-1);
  return {
    figures: [
      { label: 'limits added up before harm, of memory', value: factor, unit: 'factor' },
      { label: 'containers served', value: served.length, unit: 'count' },
    ],
    summary: `${formatFigure({ value: factor, unit: 'factor' })} memory, then ${harm === undefined ? 'nothing' : HARM_WORDS[harm.kind]}`,
    verdict: factor >= 2 ? { word: 'yes', tone: 'good' } : factor > 1 ? { word: 'a little', tone: 'mixed' } : { word: 'no', tone: 'bad' },
    evidence: [harm === undefined ? evidenceAt(run, last) : harmEvidence(run)],
  };
}

function harmEvidence(run: MeasuredRun): Evidence {
  const [harm] = run.harms;
  const before = [...run.at.values()].filter((state) => state.event_index <= harm.event_index).at(-1);
  return { scenario: run.scenario, run_id: run.run_id, step_index: before?.step_index ?? 0, event_index: harm.event_index };
}

/** The criteria that are measured, in the order of the SoftwareZones page; code overhead is listed from the policies' hooks. */
export const MEASURES: Readonly<Record<Exclude<CriterionId, 'code'>, Measure>> = {
  limits: {
    scenarios: ['classes'],
    title: 'Comprehensive limits',
    question: 'What share of the memory that a container uses does no limit see?',
    rule: 'yes: at most 2 % unseen; partly: less than half; no: half or more. Seen is what a counter with a limit (current, kernel memory, socket buffers) rose by, of what each class really took.',
    measure: measureLimits,
  },
  storage: {
    scenarios: ['overhead'],
    title: 'Storage overhead',
    question: 'How many bytes does accounting keep for each page and each container?',
    rule: 'nothing: 0 bytes for a page that one container maps; one field: up to 8; more: above 8.',
    measure: measureStorage,
  },
  runtime: {
    scenarios: ['overhead'],
    title: 'Run-time overhead',
    question: 'How many elementary operations does it take to charge, map and unmap a page?',
    rule: 'free: none at map and unmap; constant: the eighth container’s mapping takes at most twice the operations of the first’s; grows: more than that.',
    measure: measureRuntime,
  },
  resize: {
    scenarios: ['resize'],
    title: 'Resize at run time',
    question: 'What does it take to raise and to lower a limit, and is it then held to?',
    rule: 'easy: both done, no page moved; moves pages: done by migrating pages; not held to it: more than 1 % above the lowered limit stays in memory; fails: one was refused.',
    measure: measureResize,
  },
  creation: {
    scenarios: ['creation'],
    title: 'Creation at run time',
    question: 'Can containers be created on a fragmented machine with half of its memory free?',
    rule: 'always: all of eight; sometimes: some; never: none. Simulated time passes only where memory must be emptied for the new container.',
    measure: measureCreation,
  },
  sharing: {
    scenarios: ['sharing'],
    title: 'Sharing recognised',
    question: 'How far are the charges from true sharing?',
    rule: 'True sharing charges each page in equal parts to the containers that used it. The error is what containers are charged too much, added up, or too little, whichever is more. yes: at most 5 % of the memory in use; roughly: at most 25 %; no: more.',
    measure: measureSharing,
  },
  overcommit: {
    scenarios: ['overcommit'],
    title: 'Overcommit',
    question: 'How far above physical memory may limits add up before harm?',
    rule: 'Containers use a quarter of their limits. yes: twice the memory or more; a little: above once; no: once or less. Memory itself is full at 4.00 ×.',
    measure: measureOvercommit,
  },
  attack: {
    scenarios: ['stop-sharing', 'flood'],
    title: 'Open to attack',
    question: 'How many pages can an attacker push onto a victim, or out of it?',
    rule: 'not open: at most 64 pages (1 % of the victim’s limit). More than that: to leaving, where the attacker ceases to share a mapped file; to floods, where it streams a large file; to both.',
    measure: measureAttack,
  },
};
