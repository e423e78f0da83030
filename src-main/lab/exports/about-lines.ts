/** A line as its author meant it: one that was broken only because it was too long is whole again. */
export interface AboutLine {
  /** Blanks before it, and of an item of a list the mark with the blanks after it. */
  readonly lead: string;
  readonly text: string;
}

/** Texts narrower than this were not broken by their width: each of their lines ends where its author wished. */
const BROKEN_WIDTH_MIN = 60;
const LEAD = /^(\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+)?)(.*)$/;
const LABEL = /^[\w.,=-]+:\s/;

/**
 * The paragraphs of an `about`, parted by blank lines, each with its lines. A line goes on in the next one if the next word had found no room on it; what begins an item of a list,
 * is indented otherwise, or names a model (`static: …`) is a line of its own.
 */
export function aboutParagraphs(about: string): readonly (readonly AboutLine[])[] {
  const written = about.replaceAll('\t', '    ').trimEnd().split(/\r?\n/);
  const width = written.reduce((most, line) => Math.max(most, line.trimEnd().length), 0);
  const paragraphs: AboutLine[][] = [];
  let before = '';
  for (const line of written.map((one) => one.trimEnd())) {
    const [, lead = '', text = ''] = LEAD.exec(line) ?? [];
    const open = before === '' ? undefined : paragraphs.at(-1);
    const last = open?.at(-1);
    const found_no_room = width >= BROKEN_WIDTH_MIN && before.length + 1 + (text.split(' ')[0]?.length ?? 0) > width;
    const goes_on = lead.trim() === '' && (lead.length === last?.lead.length || lead === before.slice(0, before.length - before.trimStart().length));
    if (open !== undefined && last !== undefined && found_no_room && goes_on && !LABEL.test(text))
      open[open.length - 1] = { ...last, text: `${last.text} ${text}` };
    else if (line !== '' && open !== undefined) open.push({ lead, text });
    else if (line !== '') paragraphs.push([{ lead, text }]);
    before = line;
  }
  return paragraphs;
}
