/**
 * One line of ftrace text: `/sys/kernel/tracing/trace`, `trace_pipe`, `trace-cmd report`, `perf script` of tracepoints, or a console dump in latency format.
 *
 *               init-84      [000] .N...     3.224684: mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=…
 *     comm ─────┘    └ pid   cpu   flags     timestamp event                          fields (the body)
 *
 * Scanned by hand from the `[cpu]` mark outwards, since task names may hold spaces, dashes and brackets; every scan is linear in the line.
 */
export interface FtraceHead {
  /** `init-84`: what the trace calls the task. */
  readonly task: string;
  readonly comm: string;
  readonly pid: number;
  readonly cpu: number;
  /** irqs-off, need-resched, … as they stand; empty where the trace has none. */
  readonly flags: string;
  /** Timestamp, in two parts because nanoseconds since 1970 do not fit a double. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Event name without its system; empty where the line ends after the timestamp or names no event (function tracer). */
  readonly event: string;
  /** Offset in the line at which the fields start: the character before it is no part of them. */
  readonly body: number;
}

/** No tracepoint prints a longer line; anything beyond is not text of a trace. */
export const LINE_LENGTH_MAX = 16_384;
/** What stands before the fields ends well before this column: no search for it goes further. */
const HEAD_LENGTH_MAX = 200;

const SPACE = 0x20;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isName = (code: number): boolean => isDigit(code) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code === 0x2d;

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at += 1;
  return at;
}

function skipSpacesBack(text: string, from: number): number {
  let at = from;
  while (at >= 0 && text.charCodeAt(at) === SPACE) at -= 1;
  return at;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

interface TaskPart {
  readonly task: string;
  readonly comm: string;
  readonly pid: number;
}

/** `comm-pid`, `comm-pid (tgid)`, or perf's `comm pid/tid`, ending before `end`. */
function readTask(text: string, end: number): TaskPart | null {
  let last = skipSpacesBack(text, end - 1);
  if (last === end - 1) return null;
  if (text[last] === ')') {
    const open = text.lastIndexOf('(', last);
    if (open < 0 || last - open > 16) return null;
    last = skipSpacesBack(text, open - 1);
  }
  let first = last;
  while (first >= 0 && isDigit(text.charCodeAt(first))) first -= 1;
  if (first === last || last - first > 10) return null;
  const pid = Number(text.slice(first + 1, last + 1));
  let comm_end = first;
  if (text[first] === '/') {
    while (comm_end > 0 && isDigit(text.charCodeAt(comm_end - 1))) comm_end -= 1;
    comm_end -= 1;
  } else if (text[first] !== '-' && text[first] !== ' ') return null;
  const before = text.slice(skipSpaces(text, 0), skipSpacesBack(text, comm_end - 1) + 1);
  // Without a name, `-5972`, as some tools cut it.
  if (before === '' && text[first] !== '-') return null;
  const comm = before === '' ? UNKNOWN_COMM : commOf(before);
  return { task: `${comm}-${pid}`, comm, pid };
}

/** What a trace calls a task whose name it did not keep. */
export const UNKNOWN_COMM = '<...>';
/** TASK_COMM_LEN of include/linux/sched.h, without the end of the string. */
const COMM_LENGTH_MAX = 15;

/** The name at the end of what stands before a task's number: what is too long for a name begins with what a log put before the line. */
function commOf(text: string): string {
  if (text.length <= COMM_LENGTH_MAX) return text;
  const last = text.slice(text.lastIndexOf('  ') + 1).trimStart();
  if (last.length <= COMM_LENGTH_MAX) return last;
  const words = last.split(' ');
  let name = words.pop() ?? '';
  for (let word = words.pop(); word !== undefined && `${word} ${name}`.length <= COMM_LENGTH_MAX; word = words.pop()) name = `${word} ${name}`;
  return name;
}

interface Stamp {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly end: number;
}

/** `3.224684:` (seconds), `3224684us :` (latency format), or a bare count of another trace clock, taken as nanoseconds. */
function readStamp(text: string, from: number): Stamp | null {
  const dot = skipDigits(text, from);
  if (dot === from || dot - from > 19) return null;
  if (text[dot] === '.') {
    const end = skipDigits(text, dot + 1);
    const digit_count = end - dot - 1;
    if (digit_count < 1 || digit_count > 9 || text[end] !== ':') return null;
    return { seconds: Number(text.slice(from, dot)), nanoseconds: Number(text.slice(dot + 1, end)) * 10 ** (9 - digit_count), end: end + 1 };
  }
  if (text.startsWith('us', dot)) {
    const colon = text.indexOf(':', dot);
    if (colon < 0 || colon - dot > 5) return null;
    const microseconds = Number(text.slice(from, dot));
    return { seconds: Math.floor(microseconds / 1e6), nanoseconds: (microseconds % 1e6) * 1000, end: colon + 1 };
  }
  if (text[dot] !== ':') return null;
  const ticks = Number(text.slice(from, dot));
  return { seconds: Math.floor(ticks / 1e9), nanoseconds: ticks % 1e9, end: dot + 1 };
}

/** Event name after the timestamp; perf puts the system before it (`vmscan:mm_vmscan_kswapd_wake:`). */
function readEvent(text: string, from: number): { readonly event: string; readonly body: number } {
  let first = skipSpaces(text, from);
  if (text[first] === '<') {
    const close = text.indexOf('>', first);
    return close < 0 ? { event: '', body: first } : { event: text.slice(first, close + 1), body: close + 1 };
  }
  let at = first;
  let event = '';
  let body = first;
  for (;;) {
    while (isName(text.charCodeAt(at))) at += 1;
    if (at === first || text[at] !== ':') return { event, body };
    event = text.slice(first, at);
    body = at + 1;
    first = at + 1;
    at = first;
  }
}

function headFrom(text: string, task: TaskPart | null, cpu: number, flags_from: number): FtraceHead | null {
  if (task === null) return null;
  let at = skipSpaces(text, flags_from);
  let flags = '';
  let stamp = readStamp(text, at);
  if (stamp === null) {
    const flags_end = text.indexOf(' ', at);
    if (flags_end < 0 || flags_end - at > 8) return null;
    flags = text.slice(at, flags_end);
    at = skipSpaces(text, flags_end);
    stamp = readStamp(text, at);
    if (stamp === null) return null;
  }
  const { event, body } = readEvent(text, stamp.end);
  return { task: task.task, comm: task.comm, pid: task.pid, cpu, flags, seconds: stamp.seconds, nanoseconds: stamp.nanoseconds, event, body };
}

/** `init-84        0.N... 3224684us : event: …`, as the kernel dumps its buffer to the console. */
function parseLatencyHead(text: string): FtraceHead | null {
  for (let us = text.indexOf('us'); us >= 0 && us < HEAD_LENGTH_MAX; us = text.indexOf('us', us + 1)) {
    let stamp_from = us;
    while (stamp_from > 0 && isDigit(text.charCodeAt(stamp_from - 1))) stamp_from -= 1;
    if (stamp_from === us) continue;
    const flags_last = skipSpacesBack(text, stamp_from - 1);
    const cpu_from = text.lastIndexOf(' ', flags_last) + 1;
    const flags_from = skipDigits(text, cpu_from);
    if (flags_from === cpu_from || flags_from > flags_last || cpu_from === 0) continue;
    return headFrom(text, readTask(text, cpu_from), Number(text.slice(cpu_from, flags_from)), flags_from);
  }
  return null;
}

/** Reads what stands before an event's fields. Null if the line does not start an event. */
export function parseHead(text: string): FtraceHead | null {
  if (text.length > LINE_LENGTH_MAX) return null;
  for (let open = text.indexOf('['); open >= 0 && open < HEAD_LENGTH_MAX; open = text.indexOf('[', open + 1)) {
    const close = skipDigits(text, open + 1);
    if (close === open + 1 || close - open > 6 || text[close] !== ']') continue;
    const head = headFrom(text, readTask(text, open), Number(text.slice(open + 1, close)), close + 1);
    if (head !== null) return head;
  }
  return parseLatencyHead(text);
}

const INT32_MAX = 0x7fffffff;

const isHex = (code: number): boolean => isDigit(code) || (code >= 0x61 && code <= 0x66);

/**
 * The integer after `needle` (` nr_taken=`, ` cache items `), held to 32 bits; null if it is not there or no whole number. `trace-cmd report -R` prints those of 64 bits as `0x20`.
 */
export function intAfter(text: string, body: number, needle: string): number | null {
  const found = text.indexOf(needle, body);
  if (found < 0) return null;
  const sign_at = found + needle.length;
  if (text.startsWith('0x', sign_at)) {
    let hex_end = sign_at + 2;
    while (isHex(text.charCodeAt(hex_end))) hex_end += 1;
    if (hex_end === sign_at + 2 || !endsField(text, hex_end)) return null;
    return Math.min(Number.parseInt(text.slice(sign_at + 2, hex_end), 16), INT32_MAX);
  }
  const digits_from = text[sign_at] === '-' ? sign_at + 1 : sign_at;
  const end = skipDigits(text, digits_from);
  if (end === digits_from || !endsField(text, end)) return null;
  const value = Math.min(Number(text.slice(digits_from, end)), INT32_MAX);
  return digits_from === sign_at ? value : -value;
}

const endsField = (text: string, at: number): boolean => at >= text.length || text.charCodeAt(at) === SPACE || text[at] === ',';

/** The word after `needle`, up to the next space; null if it is not there or empty. */
export function wordAfter(text: string, body: number, needle: string): string | null {
  const found = text.indexOf(needle, body);
  if (found < 0) return null;
  const from = found + needle.length;
  const space = text.indexOf(' ', from);
  const word = space < 0 ? text.slice(from) : text.slice(from, space);
  return word === '' ? null : word;
}

const LOG_LEVEL = /^<\d{1,3}>/;
const CONSOLE_STAMP = /^\[ *\d{1,10}\.\d{6}\](?:\[ *[TC]\d{1,10}\])? ?/;
const SYSLOG_WORD = 'kernel: ';

/** A physical line without its carriage returns and the marks of quoting: `>`, and `| ` of some mail programs. */
export function stripQuotes(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === 0x0d) end -= 1;
  let from = 0;
  for (
    let at = skipSpaces(line, 0);
    line[at] === '>' || (line[at] === '|' && (at + 1 === end || line.charCodeAt(at + 1) === SPACE));
    at = skipSpaces(line, from)
  ) {
    from = at + 1;
    if (line.charCodeAt(from) === SPACE) from += 1;
  }
  return from === 0 && end === line.length ? line : line.slice(from, end);
}

/**
 * A physical line without what mails and consoles put around it: carriage returns, quoting, a console's `[   12.345678] `, a syslog's `… kernel: `.
 * The line's own indentation is kept.
 */
export function stripWrapping(line: string): string {
  let text = stripQuotes(line);
  const syslog = text.indexOf(SYSLOG_WORD);
  if (syslog >= 0 && syslog < 80 && parseHead(text.slice(0, syslog)) === null) text = text.slice(syslog + SYSLOG_WORD.length);
  if (text[0] === '<') text = text.replace(LOG_LEVEL, '');
  if (text[0] === '[') text = text.replace(CONSOLE_STAMP, '');
  return text;
}

const LOST = /^CPU: ?(\d{1,6}) \[(?:LOST (\d{1,15}) EVENTS|(\d{1,15}) EVENTS DROPPED|LOST EVENTS|EVENTS DROPPED)\]$/;

/** Events that a lost-events mark (`CPU:0 [LOST 123 EVENTS]`) reports, 0 where it does not say how many; null if the line is no such mark. */
export function parseLost(text: string): number | null {
  if (!text.startsWith('CPU')) return null;
  const match = LOST.exec(text.trim());
  return match === null ? null : Number(match[2] ?? match[3] ?? 0);
}

const STACK_FRAME = /^\s*(?:=> |[0-9a-f]{8,16} \S)/;
const FENCE = /^\s*(?:```|~~~)[\w-]*\s*$/;
const NOTE = /^(?:cpus=\d+|version = \d+|CPU \d+ is empty|trace-cmd version .*)$/;

/** Whether a line carries no event but is known: blank, a `#` header, a frame of a stack trace, a note of trace-cmd, or the mark of a code block. */
export function isFurniture(text: string): boolean {
  const first = text.charCodeAt(skipSpaces(text, 0));
  return Number.isNaN(first) || first === 0x23 || STACK_FRAME.test(text) || NOTE.test(text) || FENCE.test(text);
}
