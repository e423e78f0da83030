import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Compressor } from '../../src-engine/record/run.ts';

const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** zstd at its fastest level: what recordings are sealed with. */
export const zstd: Compressor = {
  compress: (bytes) => zstdCompressSync(bytes, OPTIONS),
  decompress: (bytes, size_bytes) => zstdDecompressSync(bytes, { maxOutputLength: size_bytes }),
};
