import type { ImportFile } from './foreign-format.ts';

const BLOCK_BYTES = 512;
const decoder = new TextDecoder();

const textAt = (bytes: Uint8Array, from: number, length: number): string => {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
};

function headerChecks(bytes: Uint8Array, at: number): boolean {
  let sum = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) sum += index >= 148 && index < 156 ? 32 : (bytes[at + index] ?? 0);
  return sum === Number.parseInt(textAt(bytes, at + 148, 8).trim(), 8);
}

/** `path=` of a pax header. */
const paxPath = (text: string): string | null => /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? null;

/**
 * Files of a tar archive (POSIX.1-1988 and pax, GNU long names), directories and links left out. Null if the bytes are no tar archive. An archive that is cut short gives the files that are whole.
 */
export function readTar(bytes: Uint8Array): readonly ImportFile[] | null {
  if (bytes.length < BLOCK_BYTES || !headerChecks(bytes, 0)) return null;
  const files: ImportFile[] = [];
  let long_path: string | null = null;
  for (let at = 0; at + BLOCK_BYTES <= bytes.length; ) {
    if (bytes[at] === 0 || !headerChecks(bytes, at)) break;
    const size = Number.parseInt(textAt(bytes, at + 124, 12).trim(), 8) || 0;
    const type = String.fromCharCode(bytes[at + 156] ?? 0);
    const prefix = textAt(bytes, at + 257, 5) === 'ustar' && textAt(bytes, at + 257, 8) !== 'ustar  ' ? textAt(bytes, at + 345, 155) : '';
    const own_path = textAt(bytes, at, 100);
    const from = at + BLOCK_BYTES;
    if (from + size > bytes.length) break;
    const content = bytes.subarray(from, from + size);
    at = from + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    if (type === 'L') long_path = textAt(content, 0, content.length);
    else if (type === 'x') long_path = paxPath(decoder.decode(content)) ?? long_path;
    else {
      if (type === '0' || type === '\0')
        files.push({ path: (long_path ?? (prefix === '' ? own_path : `${prefix}/${own_path}`)).replace(/^\.\//, ''), bytes: content });
      long_path = null;
    }
  }
  return files;
}
