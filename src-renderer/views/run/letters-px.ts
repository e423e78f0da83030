/** Width of a letter or figure of a table's monospace font, rounded up for the widest of the fonts in use. */
const LETTER_PX = 6.7;

/** Pixels that so many letters of monospace take in a table. */
export const lettersPx = (letter_count: number): number => Math.ceil(letter_count * LETTER_PX);

const NAME_PX_MIN = 32;
const NAME_PX_MAX = 150;

/** Track of a column of names beside others of them: what is over or short is shared by how long the longest is (or the title), up to a path of some depth. */
export function namesTrack(title: string, names: readonly string[], padding_px: number): string {
  const px = padding_px + lettersPx(names.reduce((letters, name) => Math.max(letters, name.length), title.length));
  return `minmax(${Math.min(px, padding_px + NAME_PX_MIN)}px, ${Math.min(NAME_PX_MAX, px)}fr)`;
}
