import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Compressor } from '../../src-engine/record/run.ts';

const params = { [constants.ZSTD_c_compressionLevel]: 1 };
const CHUNK_BYTES_MIN = 1024;
const CHUNK_BYTES_MAX = 2 ** 20;
/** Room for an output that is known not to be larger, so that it need not be put together from pieces. */
const chunkFor = (size_bytes: number): number => Math.min(Math.max(size_bytes, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);

/** zstd at its fastest level: what recordings are sealed with. */
export const zstd: Compressor = {
  compress: (bytes) => zstdCompressSync(bytes, { params, chunkSize: chunkFor(bytes.length) }),
  decompress: (bytes, size_bytes) => zstdDecompressSync(bytes, { maxOutputLength: size_bytes, chunkSize: chunkFor(size_bytes) }),
};
