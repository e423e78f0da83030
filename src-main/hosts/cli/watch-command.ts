import { countText } from '../../lab/text.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

export interface WatchCommandOptions extends DatabaseOptions {
  readonly json?: boolean;
  readonly interval: number;
  readonly count?: number;
}

/** `memledger watch DIR`: a cgroup tree's counters over time as a recorded run, until Ctrl-C or `--count` samples. */
export async function watchCommand(directory: string, { json = false, interval, count, ...database }: WatchCommandOptions): Promise<number> {
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const interrupt = interruptSignal();
  const shows = process.stderr.isTTY === true;
  try {
    const watched = await bench.value.watch(directory, {
      interval_ms: interval / 1e6,
      signal: interrupt.signal,
      ...(count === undefined ? {} : { count }),
      ...(shows
        ? {
            onSample: (samples: number, containers: number) =>
              void process.stderr.write(`\r${countText(samples)} samples, ${countText(containers)} containers`),
          }
        : {}),
    });
    if (shows) process.stderr.write('\n');
    if (!watched.ok) return await tellErrors(watched.errors, json);
    const { run_id, sample_count, event_count, late_count, has_gone } = watched.value;
    if (json) await printJson(watched.value);
    else
      await print(
        `run ${run_id}: ${countText(sample_count)} samples, ${countText(event_count)} events${has_gone ? '; ended, since the directory was removed' : ''}${late_count > 0 ? `; reading took longer than the interval ${countText(late_count)} times` : ''}`,
      );
    return EXIT.ok;
  } finally {
    interrupt.release();
    bench.value.close();
  }
}
