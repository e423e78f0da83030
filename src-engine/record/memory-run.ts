import type { LabError } from '../base/result.ts';
import type { EventColumns } from './events.ts';
import type { RecorderOptions } from './recorder.ts';
import { createRecorder } from './recorder.ts';
import type { BlockIndexEntry, Compressor, EngineSample, RecordSink, RunMeta, RunNames, RunReader } from './run.ts';

/** A run recorded into memory: a sink to write it to, and a reader of what was written so far. For tests and small tools. */
export interface MemoryRun {
  readonly sink: RecordSink;
  readonly reader: RunReader;
  /** What the recorder found wrong; events after an error are dropped. */
  readonly errors: readonly LabError[];
  /** Bytes of all sealed pieces. */
  readonly stored_bytes: () => number;
}

/** Starts a recording in memory. `names` may grow while the run is recorded. */
export function recordInMemory(meta: RunMeta, names: RunNames, compressor: Compressor, options: RecorderOptions = {}): MemoryRun {
  const recorder = createRecorder(meta, compressor, options);
  const entries: BlockIndexEntry[] = [];
  const blocks: Uint8Array[] = [];
  const keyframes = new Map<number, Uint8Array>();
  const keyframe_blocks: number[] = [];
  const series: (readonly Uint8Array[])[] = [];
  const errors: LabError[] = [];
  let samples: EngineSample[] = [];

  const seal = (columns: EventColumns, count: number): EventColumns => {
    if (errors.length > 0) return columns;
    const recorded = recorder.block(columns, count, names, samples);
    samples = [];
    if (!recorded.ok) {
      errors.push(...recorded.errors);
      return columns;
    }
    const { entry, block, keyframe, series: levels } = recorded.value;
    entries.push(entry);
    blocks.push(block);
    series.push(levels);
    if (keyframe !== null) {
      keyframes.set(entry.block_index, keyframe);
      keyframe_blocks.push(entry.block_index);
    }
    return columns;
  };
  const must = (bytes: Uint8Array | undefined): Uint8Array => {
    if (bytes === undefined) throw new Error('asked for a piece that was not recorded');
    return bytes;
  };
  return {
    sink: { seal, sample: (sample) => void samples.push(sample) },
    reader: {
      meta,
      names,
      blocks: entries,
      keyframe_blocks,
      readBlock: (block_index) => must(blocks[block_index]),
      readKeyframe: (block_index) => must(keyframes.get(block_index)),
      readSeries: (block_index, level) => must(series[block_index]?.[level]),
    },
    errors,
    stored_bytes: () => [...blocks, ...keyframes.values(), ...series.flat()].reduce((sum, piece) => sum + piece.length, 0),
  };
}
