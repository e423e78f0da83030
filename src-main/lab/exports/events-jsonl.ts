import { plainFigures } from '../../../src-engine/base/figures.ts';
import { NO_PAGE } from '../../../src-engine/base/ids.ts';
import { describeEvent, kindName } from '../../../src-engine/record/describe-event.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import { type EventRow, eventRow, KIND } from '../../../src-engine/record/events.ts';
import { RunBlocks } from '../../../src-engine/record/run-blocks.ts';
import type { RunWords } from '../../../src-engine/record/run-words.ts';
import { zstd } from '../compressor.ts';
import type { ExportRun } from './export-runs.ts';

/** Line of the trace's text that an event was read from (of an imported trace, or of a run on a kernel); undefined for what stands for no line, and in runs of the engine. */
export function traceLine(event: EventRow, { meta }: Pick<RunWords, 'meta'>): number | undefined {
  return meta.source !== 'engine' && event.page > 0 && event.page < NO_PAGE ? event.page : undefined;
}

/** An event as JSON: its number, its columns as recorded, with names, and in words. */
export function eventJson(event: EventRow & { readonly time_ns: number }, words: RunWords): Readonly<Record<string, unknown>> {
  const line = traceLine(event, words);
  return {
    event: eventNumber(event.index),
    time_ns: event.time_ns,
    kind: kindName(event.kind),
    task: words.task(event.task),
    container: words.container(event.container),
    ...words.page(event.page),
    ...(line === undefined ? {} : { line }),
    a: event.a,
    b: event.b,
    flags: event.flags,
    words: plainFigures(describeEvent(event, words)),
  };
}

/** Events of a piece of the text. */
const EVENTS_PER_PIECE = 4096;

/** Every event of runs, a line of JSON each; `run` says which, where there are several, and `dying` that its container was removed before and still holds something. Pieces of the text with the number of events that they hold. Throws DamagedRecording. */
export function* eventLines(runs: readonly ExportRun[]): Generator<{ readonly text: string; readonly event_count: number }> {
  for (const { reader, words, row } of runs) {
    const blocks = new RunBlocks(reader, zstd);
    const removed = new Set<number>();
    for (const [at, entry] of blocks.entries.entries()) {
      const { columns, count } = blocks.decodedOnce(at);
      let time_ns = entry.first_time_ns;
      let text = '';
      for (let index = 0; index < count; index++) {
        time_ns += columns.dt_ns[index];
        const event = eventRow(columns, index, entry.first_event + index);
        const json = eventJson({ ...event, time_ns }, words);
        const marked = removed.has(event.container) ? { ...json, dying: true } : json;
        text += `${JSON.stringify(runs.length > 1 ? { run: row.id, model: row.model, ...marked } : marked)}\n`;
        if (event.kind === KIND.container_remove) removed.add(event.container);
        if ((index + 1) % EVENTS_PER_PIECE === 0 || index + 1 === count) {
          yield { text, event_count: ((index % EVENTS_PER_PIECE) + 1) as number };
          text = '';
        }
      }
    }
  }
}
