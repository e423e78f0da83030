import { readEvent, readFields } from './ftrace-events.ts';
import { isFurniture, parseHead, stripWrapping } from './ftrace-lines.ts';
import { MOVED_UP } from './quoted-printable.ts';

/** Lines looked at to learn how a text was wrapped. */
export const WRAP_PROBE_LINE_COUNT = 512;

/** Length of a physical line without its carriage returns. */
export function physicalLength(line: string): number {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === 0x0d) end -= 1;
  return end;
}

const END_OF_VALUE = /^[\w|=.,+-]+$/;

interface CutLine {
  readonly pieces: string[];
}

/** Events read in full, then fields found: how well a way of joining does. */
function score(cuts: readonly CutLine[], separator: string): readonly [complete: number, fields: number] {
  let complete = 0;
  let fields = 0;
  for (const { pieces } of cuts) {
    const text = pieces.join(separator);
    const head = parseHead(text);
    if (head === null || readEvent(head.event, text, head.body).role === 'incomplete') continue;
    complete += 1;
    fields += readFields(text, head.body).length;
  }
  return [complete, fields];
}

/**
 * Column at which a terminal cut the lines of a text, words and numbers too; 0 if lines are whole or broken at spaces, as mail programs do.
 * A cut at a column leaves every cut line equally long and none longer; and its pieces read better when nothing is put between them.
 */
export function hardWrapColumn(lines: readonly string[]): number {
  const cuts: CutLine[] = [];
  const lengths = new Set<number>();
  let open: CutLine | null = null;
  let length_before = 0;
  for (const line of lines) {
    if (line === MOVED_UP) continue;
    const text = stripWrapping(line);
    if (parseHead(text) !== null) open = { pieces: [text] };
    else if (open !== null && !isFurniture(text)) {
      lengths.add(length_before);
      if (open.pieces.length === 1) cuts.push(open);
      open.pieces.push(text);
    } else open = null;
    length_before = physicalLength(line);
  }
  const [column] = lengths;
  if (column === undefined || lengths.size > 1 || lines.some((line) => physicalLength(line) > column)) return 0;
  const [direct, spaced] = [score(cuts, ''), score(cuts, ' ')];
  if (direct[0] !== spaced[0]) return direct[0] > spaced[0] ? column : 0;
  if (direct[1] !== spaced[1]) return direct[1] > spaced[1] ? column : 0;
  // Nothing is won either way. Of a single line that is whole without it, what follows is the end of its last value, or the words of a mail.
  const [only] = cuts;
  const is_whole = cuts.length === 1 && only !== undefined && score([{ pieces: only.pieces.slice(0, 1) }], '')[0] === 1;
  return is_whole && !only.pieces.slice(1).every((piece) => END_OF_VALUE.test(piece)) ? 0 : column;
}
