/** Text as a mailing list likes it: fixed columns, numbers to the right. */

/** Width of text output: fits a mail to a list, quoted once or twice. */
export const TEXT_COLUMNS = 72;

const KIB = 1024;
const MIB = KIB * KIB;
const GIB = KIB * MIB;
const BYTE = [1, 'B'] as const;
const UNITS = [[GIB, 'GiB'], [MIB, 'MiB'], [KIB, 'KiB'], BYTE] as const;
const NO_BREAK = '\u00a0';

/** Writes amounts of memory: whole units where it is a whole number of them, else with so many decimals. */
export const sizeTextWith =
  (decimals: number) =>
  (bytes: number): string => {
    const size = Math.abs(bytes);
    if (size === 0) return '0';
    const at = UNITS.findIndex(([unit]) => size >= unit);
    const [unit, name] = UNITS[at] ?? BYTE;
    const value = bytes / unit;
    if (Number.isInteger(value)) return `${value}${name}`;
    const rounded = value.toFixed(decimals);
    // What rounds up to a whole larger unit is written in that one.
    const larger = UNITS[at - 1];
    return larger !== undefined && Math.abs(Number(rounded)) === KIB ? `${Math.sign(bytes).toFixed(decimals)}${larger[1]}` : `${rounded}${name}`;
  };
/** An amount of memory with two decimals at most. */
export const sizeText = sizeTextWith(2);

/** A difference, with its sign; `=` for none. */
export function deltaText(delta: number, text: (value: number) => string): string {
  if (delta === 0) return '=';
  return `${delta > 0 ? '+' : '−'}${text(Math.abs(delta))}`;
}

/** A whole number with its thousands apart. */
export const countText = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Text cut to a width, its end kept: the end of a path says most. */
export const tailOf = (text: string, width: number): string => (text.length <= width ? text : `…${text.slice(text.length - width + 1)}`);

/** Text cut to a width, its beginning kept: for sentences. */
export const headOf = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`);

/** One line: the first cell to the left, the others to the right, each in its width. */
export function row(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => (index === 0 ? tailOf(cell, widths[0] ?? 0).padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
    .join('')
    .trimEnd();
}

/** Time for people: `0.4 s`, `3 min 20 s`. */
export function durationText(duration_ms: number): string {
  const seconds = duration_ms / 1000;
  const whole = Math.round(seconds);
  if (whole < 100) return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Words broken into lines of at most `width` columns, each after `indent`. */
export function wrapped(text: string, width: number, indent = ''): string {
  return text
    .split('\n')
    .map((paragraph) => {
      const lines: string[] = [];
      let line = '';
      for (const word of paragraph.split(' ')) {
        if (line !== '' && indent.length + line.length + 1 + word.length > width) {
          lines.push(indent + line);
          line = word;
        } else line = line === '' ? word : `${line} ${word}`;
      }
      return [...lines, (indent + line).trimEnd()].join('\n');
    })
    .join('\n');
}

/** Items after a heading, with commas between, broken into lines between items only. */
export function wrappedItems(items: readonly string[], width: number, indent = '', heading = ''): string {
  return wrapped(heading.replaceAll(' ', NO_BREAK) + items.map((item) => item.replaceAll(' ', NO_BREAK)).join(', '), width, indent).replaceAll(NO_BREAK, ' ');
}
