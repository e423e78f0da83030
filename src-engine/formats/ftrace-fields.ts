import { readFields } from './ftrace-events.ts';
import { goesOn, joinPieces, PIECE_COUNT_MAX } from './ftrace-import.ts';
import { type FtraceHead, isFurniture, LINE_LENGTH_MAX, parseHead, parseLost, stripWrapping } from './ftrace-lines.ts';
import { hardWrapColumn, physicalLength, WRAP_PROBE_LINE_COUNT } from './ftrace-wrap.ts';
import { MOVED_UP } from './quoted-printable.ts';

/** One event of a trace's text with everything that it says, whether the lab knows what it means or not. */
export interface TraceEventFields {
  /** Name of the tracepoint. */
  readonly event: string;
  /** Line that it starts in, counted from 1, and the lines that it takes. */
  readonly line: number;
  readonly line_count: number;
  /** `init-84`. */
  readonly task: string;
  readonly cpu: number;
  /** irqs-off, need-resched, … as they stand; empty where the trace has none. */
  readonly flags: string;
  /** In their order. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** What stands beside the fields: prose of older tracepoints, the rest of a value that holds spaces. */
  readonly rest: string;
}

const FIELD = /(?:^|\s)[A-Za-z_][\w.-]*=\S+/g;
/** As the import reads lines: of the same length, with plain spaces. */
const plain = (line: string): string => line.replaceAll('\t', ' ').replaceAll('\u00a0', ' ');

/** The event that starts in the line at `index`, with the lines that it goes on in; null where none starts there. */
function eventText(lines: readonly string[], index: number): { readonly head: FtraceHead; readonly text: string; readonly line_count: number } | null {
  const wrap_column = hardWrapColumn(lines.slice(0, WRAP_PROBE_LINE_COUNT).map(plain));
  const first = plain(lines[index] ?? '');
  let text = stripWrapping(first);
  let head = parseHead(text);
  if (head === null) return null;
  let line_count = 1;
  for (let last_length = physicalLength(first); line_count <= PIECE_COUNT_MAX; line_count++) {
    const raw = lines[index + line_count];
    if (raw === undefined) break;
    if (raw === MOVED_UP) continue;
    const next = stripWrapping(plain(raw));
    if (parseHead(next) !== null || parseLost(next) !== null || isFurniture(next) || text.length + next.length > LINE_LENGTH_MAX) break;
    const was_cut = wrap_column > 0 && last_length === wrap_column;
    if (!was_cut && !goesOn({ text, head }, next)) break;
    const joined = joinPieces(text, next, was_cut);
    const joined_head = parseHead(joined);
    if (joined_head === null) break;
    text = joined;
    head = joined_head;
    last_length = physicalLength(raw);
  }
  return { head, text, line_count };
}

/** Everything that the event says which starts in a line (counted from 1) of a trace's text, by the rules of the import; null where no event starts there. */
export function traceFieldsAt(lines: readonly string[], line: number): TraceEventFields | null {
  const found = eventText(lines, line - 1);
  if (found === null) return null;
  const { head, text, line_count } = found;
  return {
    event: head.event,
    line,
    line_count,
    task: head.task,
    cpu: head.cpu,
    flags: head.flags,
    fields: readFields(text, head.body).map(([name, value]) => ({ name, value })),
    rest: text.slice(head.body).replaceAll(FIELD, ' ').replaceAll(/\s+/g, ' ').trim(),
  };
}
