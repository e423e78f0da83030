import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ok } from '../../src-engine/base/result.ts';
import { createColumns, type EventColumns } from '../../src-engine/record/events.ts';
import type { RecordSink, RunNames } from '../../src-engine/record/run.ts';
import { simulate } from '../../src-engine/simulate.ts';
import { BLOCKS_UNDER_WAY_MAX, type SimulationJob, type SimulationMessage, sharedState } from './simulation-channel.ts';

/** Entry of the thread that simulates one run, flat out, and hands each sealed block to the recorder on the process's main thread. */
if (parentPort === null) throw new Error('runs as a worker thread only');
const port = parentPort;
const { program, model, shared } = workerData as SimulationJob;
const { cancel, blocks_under_way, progress } = sharedState(shared);

const post = (message: SimulationMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const sizeOf = (names: RunNames): number => names.containers.length + names.tasks.length + names.objects.length + names.samples.length;

let names: RunNames = { containers: [], tasks: [], objects: [], samples: [] };
let named_count = 0;

/** Columns that the recorder has done with, else fresh ones. */
function emptyColumns(): EventColumns {
  const returned = receiveMessageOnPort(port) as { readonly message: EventColumns } | undefined;
  return returned?.message ?? createColumns();
}

const sink: RecordSink = {
  begin(meta, live_names) {
    names = live_names;
    named_count = sizeOf(names);
    post({ kind: 'begin', meta, names });
  },
  seal(columns, count) {
    const grown = sizeOf(names) > named_count;
    named_count = sizeOf(names);
    const mark = { step_count: progress[2] ?? 0, access_count: progress[1] ?? 0 };
    const buffers = Object.values(columns as unknown as Record<string, { readonly buffer: ArrayBuffer }>).map(({ buffer }) => buffer);
    Atomics.add(blocks_under_way, 0, 1);
    post({ kind: 'block', columns, count, names: grown ? names : null, mark }, buffers);
    for (;;) {
      const under_way = Atomics.load(blocks_under_way, 0);
      if (under_way < BLOCKS_UNDER_WAY_MAX) return emptyColumns();
      Atomics.wait(blocks_under_way, 0, under_way);
    }
  },
  sample: (sample) => post({ kind: 'sample', sample }),
};

const result = simulate(program, model, sink, {
  poll({ event_count, access_count, step_index }) {
    progress[0] = event_count;
    progress[1] = access_count;
    progress[2] = step_index;
    return Atomics.load(cancel, 0) !== 0;
  },
});
post({ kind: 'end', result: result.ok ? ok({ status: result.value.status, summary: result.value.summary }) : result });
