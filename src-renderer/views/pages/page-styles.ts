import { listName, PAGE_VALUE, type PageMapMode } from '../../../src-engine/record/page-values.ts';
import { formatCount, plural } from '../../format.ts';
import type { Palette } from '../../palette.ts';

/** How one value of a page map looks: a colour and a pattern, so that colour alone says nothing, and a few letters where cells have room for them. */
export interface PageStyle {
  readonly colour: string;
  /** Number of the pattern (`isInked`); 0 is plain. */
  readonly pattern: number;
  readonly letters: string;
  readonly label: string;
}

const HUES = 7;
export const PATTERN_COUNT = 10;

/** Whether a pattern has ink at a pixel (CSS pixels; patterns run on from cell to cell). */
export function isInked(pattern: number, x: number, y: number): boolean {
  switch (pattern) {
    case 0:
      return true;
    case 1:
      return (x + y) % 4 < 2;
    case 2:
      return (x - y + 4096) % 4 < 2;
    case 3:
      return y % 3 !== 0;
    case 4:
      return x % 3 !== 0;
    case 5:
      return x % 3 !== 0 || y % 3 !== 0;
    case 6:
      return x % 4 < 2 !== y % 4 < 2;
    case 7:
      return y % 4 < 2;
    case 8:
      return x % 4 < 2;
    default:
      return x % 2 === 0 && y % 2 === 0;
  }
}

/** What the modes are called. */
export const MODE_TITLES: Readonly<Record<PageMapMode, string>> = { owner: 'owner', owners: 'owners', list: 'LRU list', mapped: 'mappings', age: 'age' };

/** Names that containers go by on the map: their last part if it is short and no other's, else their number. */
export function lettersOf(paths: ReadonlyMap<number, string>): ReadonlyMap<number, string> {
  const short = new Map([...paths].map(([id, path]) => [id, (path.split('/').at(-1) ?? '').slice(0, 2)]));
  const uses = Map.groupBy(short.values(), (name) => name);
  return new Map([...short].map(([id, name]) => [id, name !== '' && uses.get(name)?.length === 1 ? name : `${id}`]));
}

/** Mixes two colours as the palette gives them, `rgb(1, 2, 3)`. */
function mixed(from: string, to: string, share: number): string {
  const [a, b] = [partsOf(from), partsOf(to)];
  return `rgb(${a.map((part, at) => Math.round(part + ((b[at] ?? 0) - part) * share)).join(', ')})`;
}

/** Red, green and blue of `rgb(1, 2, 3)`. */
export const partsOf = (colour: string): readonly number[] => (colour.match(/\d+(\.\d+)?/g) ?? ['0', '0', '0']).slice(0, 3).map(Number);

/** Shares of the ramp for counts: 1, 2, 3, 4 … up to this many are told apart. */
const COUNT_STEPS = 6;
/** Classes of age that are told apart; older ones look alike. */
const AGE_STEPS = 24;

function ageLabel(age_class: number): string {
  const from = 2 ** age_class - 1;
  const to = 2 ** (age_class + 1) - 2;
  return from === to ? plural(from, 'event') : `${formatCount(from)} to ${formatCount(to)} events`;
}

/** Everything that a map's styles depend on. */
export interface StyleContext {
  readonly mode: PageMapMode;
  readonly palette: Pick<Palette, 'series' | 'background' | 'text' | 'text_muted' | 'line' | 'accent'>;
  /** Paths of containers by id, and their places in the order of colours. */
  readonly paths: ReadonlyMap<number, string>;
  readonly places: ReadonlyMap<number, number>;
  readonly letters: ReadonlyMap<number, string>;
}

/** How a value looks, and what it is called. */
export function styleOf(value: number, { mode, palette, paths, places, letters }: StyleContext): PageStyle {
  if (value === PAGE_VALUE.absent) return { colour: palette.line, pattern: 9, letters: '', label: 'not in memory' };
  if (value === PAGE_VALUE.swapped) return { colour: palette.text_muted, pattern: 7, letters: 's', label: 'in swap' };
  if (value === PAGE_VALUE.nobody) return { colour: palette.text_muted, pattern: 6, letters: '–', label: mode === 'list' ? 'on no list' : 'nobody is charged' };
  if (value === PAGE_VALUE.several) return { colour: palette.text, pattern: 6, letters: '+', label: 'several containers' };
  if (mode === 'owner') {
    const place = places.get(value) ?? value;
    return {
      colour: palette.series[place % HUES],
      pattern: Math.floor(place / HUES) % (PATTERN_COUNT - 1),
      letters: letters.get(value) ?? '',
      label: paths.get(value) ?? `container ${value}`,
    };
  }
  if (mode === 'list')
    return {
      colour: palette.series[value % HUES],
      pattern: value % 2 === 1 ? 0 : 1,
      letters: ['ia', 'aa', 'if', 'af', 'u'][value] ?? `${value}`,
      label: listName(value),
    };
  if (mode === 'age')
    return { colour: mixed(palette.accent, palette.background, Math.min(0.85, value / AGE_STEPS)), pattern: 0, letters: `${value}`, label: ageLabel(value) };
  const share = Math.min(1, 0.2 + value / COUNT_STEPS);
  return {
    colour: mixed(palette.background, palette.accent, share),
    pattern: value === 0 ? 7 : 0,
    letters: `${value}`,
    label: plural(value, mode === 'owners' ? 'owner' : 'mapping'),
  };
}
