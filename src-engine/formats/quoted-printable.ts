/** Stands in the place of a line whose text was moved up to the line that it goes on: line numbers stay those of the file. */
export const MOVED_UP = '\u2060';

const HEADER = /^content-transfer-encoding:[ \t]*quoted-printable[ \t]*\r?$/im;
const SOFT_BREAK = /=[ \t]*\r?$/;
/** A mail without its headers: `=3D` does not stand in a trace, and `=20` does. */
const SIGNS_MIN = 2;
const HEADER_LENGTH_MAX = 65_536;
const BYTE = /(?:=[0-9A-F]{2})+/gi;

function isQuotedPrintable(text: string): boolean {
  if (HEADER.test(text.slice(0, HEADER_LENGTH_MAX))) return true;
  const head = text.slice(0, HEADER_LENGTH_MAX);
  return (head.match(/=3D/g)?.length ?? 0) >= SIGNS_MIN && (head.match(/=\r?\n/g)?.length ?? 0) >= SIGNS_MIN;
}

const decoder = new TextDecoder();
const decoded = (text: string): string =>
  text.replaceAll(BYTE, (bytes) => decoder.decode(Uint8Array.from(bytes.slice(1).split('='), (byte) => Number.parseInt(byte, 16))));

/**
 * The text of a mail as its archive keeps it, `Content-Transfer-Encoding: quoted-printable` (RFC 2045, 6.7), decoded; any other text as it is.
 * As many lines as before: what a soft break cut off is moved up, and MOVED_UP stands in its place.
 */
export function fromQuotedPrintable(text: string): string {
  if (!isQuotedPrintable(text)) return text;
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const first = index;
    let whole = lines[index] ?? '';
    for (; SOFT_BREAK.test(whole) && index + 1 < lines.length; index += 1) {
      whole = whole.replace(SOFT_BREAK, '') + (lines[index + 1] ?? '');
      lines[index + 1] = MOVED_UP;
    }
    lines[first] = decoded(whole).replaceAll('\n', ' ');
  }
  return lines.join('\n');
}
