import type { Compressor } from './run.ts';

/** Keeps the bytes as they are. Damage is then caught by the envelope alone, and tests need nothing of Node. */
export const plainCompressor: Compressor = {
  compress: (bytes) => bytes.slice(),
  decompress: (bytes) => bytes.slice(),
};

/** Damaged copies of a sealed piece: at every `stride`-th byte one with a bit changed and one cut off there; and one with a byte too many. */
export function* damagedCopies(sealed: Uint8Array, stride = 1): Generator<Uint8Array> {
  for (let at = 0; at < sealed.length; at += stride) {
    const changed = sealed.slice();
    changed[at] ^= 1 << (at % 8);
    yield changed;
    yield sealed.slice(0, at);
  }
  yield Uint8Array.from([...sealed, 0]);
}
