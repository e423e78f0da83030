import type { LabError } from '../../src-engine/base/result.ts';
import { BLOCK_EVENT_COUNT, createColumns, type EventColumns } from '../../src-engine/record/events.ts';
import type { RecordSink, RunNames } from '../../src-engine/record/run.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import { simulate } from '../../src-engine/simulate.ts';
import type { Recording } from './recording.ts';
import type { Outcome } from './simulation-channel.ts';

const sizeOf = (names: RunNames): number => names.containers.length + names.tasks.length + names.objects.length + names.samples.length;

/**
 * Simulates a short program on this very thread, which costs nothing to start; nothing else is done meanwhile. The recording is the same as that of a thread.
 */
export function simulateInPlace(model: string, program: Program, recording: Recording, signal: AbortSignal | undefined): Outcome {
  let trouble: LabError | null = null;
  let names: RunNames = { containers: [], tasks: [], objects: [], samples: [] };
  let named_count = 0;
  let mark = { step_count: 0, access_count: 0 };
  // A block that is not full is the run's last, or the stump of a cancelled run: only the end tells.
  let stump: { readonly columns: EventColumns; readonly count: number } | undefined;

  const keep = (columns: EventColumns, count: number): void => {
    const grown = sizeOf(names) > named_count;
    named_count = sizeOf(names);
    trouble ??= recording.block(columns, count, grown ? names : null, mark);
  };
  const sink: RecordSink = {
    begin(meta, live_names) {
      names = live_names;
      named_count = sizeOf(names);
      trouble ??= recording.begin(meta, names);
    },
    seal(columns, count) {
      if (count === BLOCK_EVENT_COUNT) {
        keep(columns, count);
        return columns;
      }
      stump = { columns, count };
      return createColumns();
    },
    sample(sample) {
      if (trouble === null) recording.sample(sample);
    },
  };
  const result = simulate(program, model, sink, {
    poll({ step_index, access_count }) {
      mark = { step_count: step_index, access_count };
      return trouble !== null || signal?.aborted === true;
    },
  });
  const is_complete = !result.ok || result.value.status === 'complete';
  if (stump !== undefined && is_complete && trouble === null) keep(stump.columns, stump.count);
  if (trouble !== null) {
    const { code } = trouble as LabError;
    return { status: code === 'record.sample-differs' ? 'failed' : 'interrupted', error: trouble };
  }
  if (!result.ok) return { status: 'failed', ...(result.errors[0] === undefined ? {} : { error: result.errors[0] }) };
  return result.value.status === 'complete' ? { status: 'complete', end: { status: 'complete', summary: result.value.summary } } : { status: 'cancelled' };
}
