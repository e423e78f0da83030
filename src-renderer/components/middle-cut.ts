/** A name of at most so many letters has room everywhere, or is cut at its end. */
const WHOLE_LENGTH_MAX = 20;
const TAIL_LENGTH_MAX = 16;
/** Of shorter names the start says more. */
const TAIL_SHARE_MAX = 0.4;

/** Where the tail of a name begins, which stays when the name is cut in its middle: at the last words that are short enough; at its end where it has none. */
export function tailStart(text: string): number {
  const { length } = text;
  if (length <= WHOLE_LENGTH_MAX) return length;
  const from = length - Math.min(TAIL_LENGTH_MAX, Math.floor(length * TAIL_SHARE_MAX));
  // A word begins after what parts words; the first may begin right here.
  return from + Math.max(0, text.slice(from - 1).search(/(?<=[ /_-])[^ /_-]/) - 1);
}
