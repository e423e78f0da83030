/** Width of a letter or figure of a table's monospace font, rounded up for the widest of the fonts in use. */
const LETTER_PX = 6.7;

/** Pixels that so many letters of monospace take in a table. */
export const lettersPx = (letter_count: number): number => Math.ceil(letter_count * LETTER_PX);
