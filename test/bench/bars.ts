import type { Spread } from './statistics.ts';

/** The figures of the lab and the bar each is held to. */
export type FigureKey =
  | 'throughput_ratio'
  | 'recording_cost_ratio'
  | 'bytes_per_event'
  | 'seek_p99_ms'
  | 'step_p99_ms'
  | 'scrub_fps'
  | 'main_loop_p99_ms'
  | 'start_ms';

interface Bar {
  readonly what: string;
  readonly bar: string;
  isMet(value: number): boolean;
}

const atMost = (what: string, limit: number, unit: string): Bar => ({ what, bar: `≤ ${limit}${unit}`, isMet: (value) => value <= limit });

export const BARS: Readonly<Record<FigureKey, Bar>> = {
  throughput_ratio: { what: 'page accesses a second, recorded, as a share of a bare LRU loop', bar: '≥ 0.6', isMet: (value) => value >= 0.6 },
  recording_cost_ratio: atMost('time with recording, as a multiple of the time without', 1.35, ''),
  bytes_per_event: atMost('bytes on disk an event, keyframes and series included', 6, ''),
  seek_p99_ms: atMost('a seek to any event of a long run, p99', 16, ' ms'),
  step_p99_ms: atMost('a step of one event either way, p99', 2, ' ms'),
  // A frame of a second may be lost to the screen's clock, which is not the program's.
  scrub_fps: { what: 'frames a second while the cursor is dragged through a long run, 60 at most', bar: '≥ 59', isMet: (value) => value >= 59 },
  main_loop_p99_ms: atMost('delay of the host’s event loop while a long run is recorded, p99', 10, ' ms'),
  start_ms: atMost('from `memledger serve` to its library', 1500, ' ms'),
};

/** The table for people: each figure with its bar and its repetitions, and below it what bounds the throughput. */
export function table(measured: Partial<Record<FigureKey, Spread & { readonly value: number; readonly notes: object }>>, machine: object): string {
  const rows = [['figure', 'bar', 'measured', 'met', 'min … median … max', 'what']];
  for (const [key, { what, bar, isMet }] of Object.entries(BARS) as [FigureKey, Bar][]) {
    const found = measured[key];
    if (found === undefined) rows.push([key, bar, '–', '–', 'not measured', what]);
    else
      rows.push([
        key,
        bar,
        String(found.value),
        isMet(found.value) ? 'yes' : 'NO',
        `${found.min} … ${found.median} … ${found.max} (${found.repetitions})`,
        what,
      ]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const notes = Object.entries(measured).flatMap(([key, { notes: of }]) =>
    Object.keys(of).length === 0
      ? []
      : [
          `${key}: ${Object.entries(of)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ')}`,
        ],
  );
  const on = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  return [...lines, '', ...notes, `machine: ${on.join(', ')}`].join('\n');
}
