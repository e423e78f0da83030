import { CATEGORY_COLORS, escapeXml, FONT, FONT_PX, LINE_COLOR, MUTED_COLOR, rounded, svgText, TEXT_COLOR } from '../../src-engine/formats/svg.ts';
import type { ContainerFacts, Facts, Square, ThingFacts } from './facts.ts';

/** One model's part of a picture. */
export interface Panel {
  readonly title: string;
  /** Its rule, in a sentence. */
  readonly caption: string;
  readonly facts: Facts;
}

const GREY = '#8a939d';
const [BLUE, OCHRE, GREEN, PINK, , , OLIVE] = CATEGORY_COLORS;
/** Colours of containers by their letter; any other is grey. */
const COLORS: Readonly<Record<string, string>> = { A: BLUE, B: OCHRE, C: GREEN, P: PINK, S: OLIVE };
/** Width of a letter, and a little more: text is not measured. */
const LETTER_PX = 5.4;
const PANEL_PX = 450;
const MARGIN = 12;
const LINE_PX = 14;
const BOX_MAX_PX = 150;
const EDGES_PX = 46;
const SQUARE_PX = 28;
const SQUARE_HEIGHT_PX = 36;
const SHARES: Readonly<Record<string, string>> = { 0.25: '¼', 0.5: '½', 0.75: '¾' };

/** The letter of a container: its name's own, S for the account of a shared object. */
const letterOf = (path: string): string => (path.startsWith('smemcg:') ? 'S' : path === '.' ? '/' : (path.split('/').at(-1) ?? '').slice(0, 1).toUpperCase());
const colorOf = (path: string): string => COLORS[letterOf(path)] ?? GREY;

/** Breaks a text into lines. */
function wrap(text: string, width_px: number): readonly string[] {
  const letters = Math.floor(width_px / LETTER_PX);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const rect = (x: number, y: number, width: number, height: number, options: string): string =>
  `<rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}"${options}/>`;

/** A square: in it, one above the other, its owners; dashed and with a stroke where there are none, dotted and empty where it is not in memory. */
function drawSquare(square: Square, x: number, y: number): readonly string[] {
  if (square === 'absent') return [rect(x, y, SQUARE_PX, SQUARE_HEIGHT_PX, ` fill="none" stroke="${GREY}" stroke-dasharray="1 3"`)];
  if (square.length === 0)
    return [
      rect(x, y, SQUARE_PX, SQUARE_HEIGHT_PX, ` fill="none" stroke="${GREY}" stroke-dasharray="4 3"`),
      svgText(x + SQUARE_PX / 2, y + SQUARE_HEIGHT_PX / 2 + 4, '–', ' text-anchor="middle"'),
    ];
  const sum = square.reduce((total, { share }) => total + share, 0);
  const drawn: string[] = [];
  let top = y;
  for (const { path, share } of square) {
    const height = (SQUARE_HEIGHT_PX * share) / sum;
    const size = Math.min(FONT_PX, height + 1.5);
    drawn.push(
      rect(x, top, SQUARE_PX, height, ` fill="${colorOf(path)}" fill-opacity="0.2" stroke="${colorOf(path)}"`),
      svgText(
        x + SQUARE_PX / 2,
        top + height / 2 + size * 0.36,
        `${letterOf(path)}${SHARES[share] ?? ''}`,
        ` text-anchor="middle" font-size="${rounded(size)}"`,
      ),
    );
    top += height;
  }
  return drawn;
}

const LIFE = { there: '', dying: 'removed, dying', gone: 'removed' } as const;

/** Height of a container's box. */
const boxHeight = ({ counters, heap, life }: ContainerFacts): number =>
  LINE_PX * (2 + counters.length + (life === 'there' ? 0 : 1)) + 10 + (heap.length > 0 ? SQUARE_HEIGHT_PX + 6 : 0);

function drawBox(container: ContainerFacts, x: number, y: number, width: number, height: number): readonly string[] {
  const color = colorOf(container.path);
  const dash = container.life === 'there' ? '' : ' stroke-dasharray="5 3"';
  const drawn = [
    rect(x, y, width, height, ` rx="4" fill="${color}" fill-opacity="${container.life === 'gone' ? 0 : 0.07}" stroke="${color}" stroke-width="1.5"${dash}`),
    svgText(x + 8, y + LINE_PX + 2, container.path, ' font-weight="bold"'),
  ];
  let line = y + 2 * LINE_PX + 3;
  if (container.life !== 'there') {
    drawn.push(svgText(x + 8, line, LIFE[container.life], ` fill="${MUTED_COLOR}"`));
    line += LINE_PX;
  }
  drawn.push(svgText(x + 8, line, `current ${container.current}`));
  for (const counter of container.counters) {
    line += LINE_PX;
    drawn.push(svgText(x + 8, line, counter, ` fill="${MUTED_COLOR}"`));
  }
  if (container.heap.length > 0) {
    drawn.push(svgText(x + 8, line + 29, 'heap', ` fill="${MUTED_COLOR}"`));
    for (const [at, square] of container.heap.entries()) drawn.push(...drawSquare(square, x + 38 + at * SQUARE_PX, line + 7));
  }
  return drawn;
}

/** What an object is, who uses it, and how. */
function labelOf({ about, uses }: ThingFacts): readonly string[] {
  const by_verb = new Map<string, string[]>();
  for (const { path, verbs } of uses) for (const verb of verbs) by_verb.set(verb, [...(by_verb.get(verb) ?? []), letterOf(path)]);
  const used = [...by_verb].map(([verb, letters]) => `${verb}: ${letters.join(', ')}`).join('; ');
  return about.includes(':') ? [about.slice(0, about.indexOf(':')), about.slice(about.indexOf(':') + 2)] : [about, used];
}

const thingWidth = (thing: ThingFacts): number =>
  Math.max(thing.squares.length * SQUARE_PX, Math.max(...[thing.name, ...labelOf(thing)].map((line) => line.length)) * LETTER_PX, 60);

function drawThing(thing: ThingFacts, x: number, y: number): readonly string[] {
  const drawn = thing.squares.flatMap((square, at) => drawSquare(square, x + at * SQUARE_PX, y));
  if (thing.squares.length === 0)
    drawn.push(
      rect(x, y, thingWidth(thing), SQUARE_HEIGHT_PX, ` rx="2" fill="none" stroke="${GREY}"`),
      svgText(x + 6, y + 22, thing.name, ' font-weight="bold"'),
    );
  const first = y + SQUARE_HEIGHT_PX + LINE_PX;
  const lines = thing.squares.length === 0 ? labelOf(thing) : [thing.name, ...labelOf(thing)];
  return [
    ...drawn,
    ...lines.map((line, at) => svgText(x, first + at * LINE_PX, line, at === 0 && thing.squares.length > 0 ? ' font-weight="bold"' : ` fill="${MUTED_COLOR}"`)),
  ];
}

/** Places in a row, with the same room between; one alone in the middle. */
function placesOf(widths: readonly number[], left: number, right: number): readonly number[] {
  const room = right - left - widths.reduce((sum, width) => sum + width, 0);
  const gap = room / Math.max(1, widths.length - 1);
  let x = widths.length === 1 ? left + room / 2 : left;
  return widths.map((width) => {
    const place = x;
    x += width + gap;
    return place;
  });
}

interface Drawn {
  readonly parts: readonly string[];
  readonly height: number;
}

function drawPanel({ title, caption, facts }: Panel): Drawn {
  const { containers, things, notes } = facts;
  const parts = [svgText(MARGIN, 20, title, ' font-size="13" font-weight="bold"')];
  const caption_lines = wrap(caption, PANEL_PX - 2 * MARGIN);
  for (const [at, line] of caption_lines.entries()) parts.push(svgText(MARGIN, 36 + at * LINE_PX, line, ` fill="${MUTED_COLOR}"`));
  const top = 36 + caption_lines.length * LINE_PX;
  const width = Math.min(BOX_MAX_PX, (PANEL_PX - 2 * MARGIN - 8 * (containers.length - 1)) / containers.length);
  const height = Math.max(...containers.map(boxHeight));
  const boxes = placesOf(
    containers.map(() => width),
    MARGIN,
    PANEL_PX - MARGIN,
  );
  const widths = things.map(thingWidth);
  const places = placesOf(widths, MARGIN, PANEL_PX - MARGIN);
  const bottom = top + height + EDGES_PX;
  for (const [at, thing] of things.entries())
    for (const [nth, { path, verbs }] of thing.uses.entries()) {
      const from = boxes[containers.findIndex((container) => container.path === path)] + (width * (at + 1)) / (things.length + 1);
      const drawn_width = thing.squares.length === 0 ? widths[at] : thing.squares.length * SQUARE_PX;
      const to = places[at] + (drawn_width * (nth + 1)) / (thing.uses.length + 1);
      const dash = verbs.includes('map') ? '' : ' stroke-dasharray="5 3"';
      parts.push(
        `<path d="M${rounded(from)},${rounded(top + height)}L${rounded(to)},${rounded(bottom - 5)}" stroke="${colorOf(path)}" stroke-width="1.5"${dash}/>`,
        `<path d="M${rounded(to - 3)},${rounded(bottom - 7)}l3,6l3,-6Z" fill="${colorOf(path)}"/>`,
      );
    }
  for (const [at, container] of containers.entries()) parts.push(...drawBox(container, boxes[at], top, width, height));
  for (const [at, thing] of things.entries()) parts.push(...drawThing(thing, places[at], bottom));
  const below = bottom + SQUARE_HEIGHT_PX + 3 * LINE_PX + 16;
  for (const [at, note] of notes.entries()) parts.push(svgText(MARGIN, below + at * LINE_PX, note));
  return { parts, height: below + notes.length * LINE_PX };
}

/**
 * Panels side by side, two in a row, as a picture of its own (SVG 1.1) with a light ground. It depends on nothing but the panels: the same have the same bytes.
 * `legend` tells what its signs mean.
 */
export function drawPicture(title: string, legend: string, panels: readonly Panel[]): string {
  const drawn = panels.map(drawPanel);
  const columns = Math.min(2, drawn.length);
  const width = columns * PANEL_PX + MARGIN;
  const rows: string[] = [];
  const legend_lines = wrap(legend, width - 2 * MARGIN);
  let y = MARGIN + legend_lines.length * LINE_PX;
  for (let at = 0; at < drawn.length; at += columns) {
    const row = drawn.slice(at, at + columns);
    for (const [nth, { parts }] of row.entries()) rows.push(`<g transform="translate(${MARGIN / 2 + nth * PANEL_PX},${y})">`, ...parts, '</g>');
    y += Math.max(...row.map(({ height }) => height)) + MARGIN;
    if (at + columns < drawn.length) rows.push(`<path d="M${MARGIN},${y - MARGIN / 2}H${width - MARGIN}" stroke="${LINE_COLOR}"/>`);
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="${FONT}" font-size="${FONT_PX}" fill="${TEXT_COLOR}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${y}" rx="6" fill="#ffffff"/>`,
    ...legend_lines.map((line, at) => svgText(MARGIN + MARGIN / 2, MARGIN + 6 + at * LINE_PX, line, ` fill="${MUTED_COLOR}"`)),
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}
