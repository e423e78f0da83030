import { plainFigures, plural } from '../../../src-engine/base/figures.ts';
import { ACCOUNT_COUNTERS_FROM, COUNTERS } from '../../../src-engine/record/counters.ts';
import { expectationInWords } from '../../../src-engine/record/describe-event.ts';
import { counterText } from '../../lab/counter-text.ts';
import type { RunReport, SampleReport } from '../../lab/run-report.ts';
import type { ContainerCounters } from '../../lab/sample.ts';
import { countText, durationText, row, sizeText, TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { dyingLines } from './state-text.ts';

const COLUMNS = ['current', 'anon', 'file', 'shmem', 'swap'] as const;
const WIDTHS = [22, 10, 10, 10, 10, 10] as const;

/** A run as text: how it went, a table for each sample, expectations that failed. */
export function runText(run: RunReport): string {
  const head = `${run.model}: ${countText(run.events)} events in ${durationText(run.wall_ms)}, run ${run.run_id}`;
  const lines = [head, run.log_sha256 === null ? `  ${run.status}` : `  log ${run.log_sha256}`];
  for (const sample of run.samples) lines.push('', ...sampleLines(sample));
  const failed = run.expectations.filter(({ held }) => !held);
  if (run.expectations.length > 0) lines.push('', `  ${run.expectations.length - failed.length} of ${run.expectations.length} expectations held`);
  for (const expectation of failed) lines.push(`  ${plainFigures(expectationInWords(expectation))}`);
  lines.push(...notDoneLines(run));
  return lines.join('\n');
}

/** What of the scenario did not happen under this model, and how to list it: nobody should take what could not be done for what cost nothing. */
function notDoneLines({ run_id, not_done }: RunReport): string[] {
  const told = Object.entries(not_done).filter(([, count]) => count > 0);
  if (told.length === 0) return [];
  const words = told.map(([kind, count]) => NOT_DONE_WORDS[kind as keyof RunReport['not_done']](count)).join(', ');
  return ['', `  ${plainFigures(words)}:`, `    memledger events ${run_id} --kind ${told.map(([kind]) => kind).join(' ')}`];
}

const NOT_DONE_WORDS: Readonly<Record<keyof RunReport['not_done'], (count: number) => string>> = {
  op_fail: (count) => `${plural(count, 'operation')} failed`,
  container_create_failed: (count) => `${plural(count, 'container')} could not be created`,
  step_skip: (count) => `${plural(count, 'step')} skipped`,
};

/** Dying containers that a table lists one by one; `state` has more of them. */
const DYING_LISTED_MAX = 5;

function sampleLines({ sample, step, containers, dying = [] }: SampleReport): string[] {
  const lines = [`  ${sample} (step ${step})`, row(['  container', ...COLUMNS], WIDTHS)];
  for (const [path, counters] of Object.entries(containers)) {
    lines.push(row([`  ${path}`, ...COLUMNS.map((name) => (counters[name] === undefined ? '-' : sizeText(amount(counters, name))))], WIDTHS));
    const events = Object.entries(counters.events).filter(([, count]) => count > 0);
    if (events.length > 0) lines.push(wrapped(events.map(([name, count]) => `events.${name} ${countText(count)}`).join(', '), TEXT_COLUMNS, '    '));
    const accounts = accountsText(counters);
    if (accounts !== '') lines.push(wrapped(accounts, TEXT_COLUMNS, '    '));
  }
  if (dying.length > 0) lines.push(...dyingLines(dying, DYING_LISTED_MAX).map((line) => `  ${line}`));
  return lines;
}

/** What is counted of kernel memory, sockets, pins and borrowing, where it is anything (that tasks live in a container is no news): `sock 4MiB, tcp_failcnt 3`. */
function accountsText(counters: ContainerCounters): string {
  return COUNTERS.filter(({ index, scope, file }) => index >= ACCOUNT_COUNTERS_FROM && scope !== 'setting' && file !== 'cgroup.events')
    .flatMap(({ name }) => {
      const value = amount(counters, name);
      return value === 0 ? [] : [`${name} ${counterText(name)(value)}`];
    })
    .join(', ');
}

/** A counter of memory.stat or `current`; 0 where it is none. */
export function amount(counters: ContainerCounters, name: string): number {
  const value = counters[name];
  return typeof value === 'number' ? value : 0;
}
