import type { LabError, Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import type { Compressor } from './run.ts';
import { xxh32 } from './xxh32.ts';

/** What an envelope holds; the letter stands in its third byte. */
export const SEALED = { block: 0x62, keyframe: 0x6b, series: 0x73 } as const;
export type SealedKind = keyof typeof SEALED;

const VERSION = 1;
const HEADER_BYTES = 16;
/** Larger than any content the recorder makes: a size beyond it is damage. */
const CONTENT_BYTES_MAX = 0x7fffffff;

const magicOf = (kind: SealedKind): number => (0x4c4d | (SEALED[kind] << 16) | (VERSION << 24)) >>> 0;

/** Error of a sealed piece that cannot be read; the caller adds which one it was. */
export const damaged = (kind: SealedKind, why: string): LabError => ({
  code: 'record.damaged',
  message: `The ${kind} is damaged: ${why}.`,
  remedy: 'record the run again, or restore the database from a copy',
});

/** Error of a sealed piece that a newer version made. */
export const newer = (kind: SealedKind, how: string, known: string): LabError => ({
  code: 'record.newer',
  message: `The ${kind} was recorded ${how}; this version reads ${known}.`,
  remedy: 'open it with a newer memledger',
});

/** Compresses `content` and puts it into an envelope with a checksum (docs/recording.md, "Sealing"). */
export function seal(kind: SealedKind, content: Uint8Array, compressor: Compressor): Uint8Array {
  const packed = compressor.compress(content);
  const sealed = new Uint8Array(HEADER_BYTES + packed.length);
  const view = new DataView(sealed.buffer);
  view.setUint32(0, magicOf(kind), true);
  view.setUint32(8, content.length, true);
  view.setUint32(12, packed.length, true);
  sealed.set(packed, HEADER_BYTES);
  view.setUint32(4, xxh32(sealed.subarray(8), magicOf(kind)), true);
  return sealed;
}

/** The content of an envelope. Errors: `record.damaged`, `record.newer`. */
export function unseal(kind: SealedKind, sealed: Uint8Array, compressor: Compressor): Result<Uint8Array> {
  if (sealed.length < HEADER_BYTES) return fail(damaged(kind, `it is ${sealed.length} bytes long, shorter than its header`));
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== magicOf(kind)) {
    const is_newer = (magic & 0xffffff) === (magicOf(kind) & 0xffffff) && magic >>> 24 > VERSION;
    return fail(is_newer ? newer(kind, `in format ${magic >>> 24}`, `format ${VERSION}`) : damaged(kind, 'it does not begin as one'));
  }
  const size_bytes = view.getUint32(8, true);
  if (view.getUint32(12, true) !== sealed.length - HEADER_BYTES) return fail(damaged(kind, 'it is cut short'));
  if (view.getUint32(4, true) !== xxh32(sealed.subarray(8), magic)) return fail(damaged(kind, 'its checksum does not match'));
  if (size_bytes > CONTENT_BYTES_MAX) return fail(damaged(kind, 'its size is out of range'));
  try {
    const content = compressor.decompress(sealed.subarray(HEADER_BYTES), size_bytes);
    return content.length === size_bytes ? ok(content) : fail(damaged(kind, 'its content has another size than it says'));
  } catch {
    // A compressor throws on bytes that it cannot read.
    return fail(damaged(kind, 'it cannot be decompressed'));
  }
}
