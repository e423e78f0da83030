import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { formatCount, plural } from '../../../src-engine/base/figures.ts';
import { fail, type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import {
  CONTENTS_HASH_AT,
  CONTENTS_SIZE_AT,
  HEADER_BYTES,
  SHARE_LIMITS,
  SHARE_MAGIC,
  SHARE_VERSION,
  type ShareContents,
  sha256Of,
  shareContents,
  shareError,
  VERSION_AT,
} from './format.ts';

/** A file that is open for reading. */
export interface ShareFile {
  readonly contents: ShareContents;
  /** A piece whose hash holds; undefined where it is cut off or damaged. `max_bytes`: a larger one is not read. */
  read(piece: number, max_bytes: number): Uint8Array | undefined;
  /** Bytes of the file, and bytes that it should have. */
  readonly size_bytes: number;
  readonly size_expected_bytes: number;
  close(): void;
}

const isMagic = (head: Uint8Array): boolean => SHARE_MAGIC.every((byte, at) => head[at] === byte);

/** Whether a file begins as ours. False where it cannot be read. */
export function isShareFile(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(SHARE_MAGIC.length);
      return readSync(fd, head, 0, head.length, 0) === head.length && isMagic(head);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/**
 * Opens a file and reads what it lists. Nothing is made room for that the file does not hold.
 * Errors: it cannot be read, is none of ours, is of a newer version, or its contents are damaged; `file` is how messages name it.
 */
export function openShare(path: string, file: string): Result<ShareFile> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (exception) {
    return fail(shareError('not-readable', `The file cannot be read: ${(exception as Error).message}.`, file));
  }
  const opened = readHead(fd, file);
  if (!opened.ok) closeSync(fd);
  return opened;
}

function readHead(fd: number, file: string): Result<ShareFile> {
  const { size: size_bytes } = fstatSync(fd);
  const head = Buffer.alloc(HEADER_BYTES);
  const got = readSync(fd, head, 0, HEADER_BYTES, 0);
  if (got < SHARE_MAGIC.length || !isMagic(head))
    return fail(shareError('not-ours', 'The file is no .memledger file.', file, 'scenarios (YAML) and kernel traces are imported instead'));
  const version = got < VERSION_AT + 4 ? 0 : head.readUInt32LE(VERSION_AT);
  if (version > SHARE_VERSION)
    return fail(
      shareError(
        'newer',
        `The file is of version ${version} of its format; this Memledger reads version ${SHARE_VERSION}.`,
        file,
        'open it with a newer Memledger',
      ),
    );
  const damaged = (why: string) => fail(shareError('damaged', `Nothing of the file can be read: ${why}.`, file, 'get it again'));
  if (got < HEADER_BYTES || version === 0) return damaged('its head is cut off');
  const contents_bytes = head.readUInt32LE(CONTENTS_SIZE_AT);
  if (contents_bytes > SHARE_LIMITS.contents)
    return damaged(`its contents claim ${formatCount(contents_bytes)} bytes, more than the ${formatCount(SHARE_LIMITS.contents)} that are read`);
  if (HEADER_BYTES + contents_bytes > size_bytes) return damaged('the list of its contents is cut off');
  const bytes = Buffer.alloc(contents_bytes);
  if (readSync(fd, bytes, 0, contents_bytes, HEADER_BYTES) < contents_bytes) return damaged('the list of its contents is cut off');
  if (sha256Of(bytes) !== head.subarray(CONTENTS_HASH_AT, HEADER_BYTES).toString('hex')) return damaged('the list of its contents is damaged');
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    return damaged('the list of its contents is no JSON');
  }
  const parsed = shareContents.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return damaged(`its contents are not as the format has them (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`);
  }
  const wrong = contradiction(parsed.data);
  if (wrong !== undefined) return damaged(`its contents contradict themselves (${wrong})`);
  return ok(shareFile(fd, parsed.data, HEADER_BYTES + contents_bytes, size_bytes));
}

/** What the schema cannot say: references lead somewhere, hashes and keys are there once. */
function contradiction({ pieces, texts, scenarios, runs, comparisons }: ShareContents): string | undefined {
  const known_texts = new Set(texts.map(({ sha256 }) => sha256));
  const known_runs = new Set(runs.map(({ key }) => key));
  if (known_texts.size < texts.length) return 'a text is listed twice';
  if (known_runs.size < runs.length) return 'a run is listed twice';
  const text_refs = [...scenarios.flatMap((scenario) => scenario.texts), ...runs.flatMap(({ text }) => text ?? [])];
  if (text_refs.some((sha256) => !known_texts.has(sha256))) return 'a text is missing';
  const piece_refs = [
    ...texts.map(({ piece }) => piece),
    ...runs.flatMap(({ record, attachment }) => [record, ...(attachment === null ? [] : [attachment.piece])]),
  ];
  if (piece_refs.some((piece) => piece >= pieces.length)) return 'a piece is missing';
  if (runs.some(({ first_block, block_count }) => first_block + block_count > pieces.length)) return 'a block is missing';
  for (const { runs: keys, baseline } of comparisons)
    if (!keys.includes(baseline) || keys.some((key) => !known_runs.has(key))) return 'a compared run is missing';
  if (texts.some(({ sha256, piece }) => pieces[piece]?.sha256 !== sha256)) return 'a text has another hash than its piece';
  return undefined;
}

function shareFile(fd: number, contents: ShareContents, pieces_from: number, size_bytes: number): ShareFile {
  let end = pieces_from;
  const offsets = contents.pieces.map((piece) => {
    const offset = end;
    end += piece.size_bytes;
    return offset;
  });
  return {
    contents,
    size_bytes,
    size_expected_bytes: end,
    close: () => closeSync(fd),
    read(piece, max_bytes) {
      const listed = contents.pieces[piece];
      const offset = offsets[piece];
      if (listed === undefined || offset === undefined || listed.size_bytes > max_bytes || offset + listed.size_bytes > size_bytes) return undefined;
      const bytes = Buffer.alloc(listed.size_bytes);
      if (readSync(fd, bytes, 0, bytes.length, offset) < bytes.length || sha256Of(bytes) !== listed.sha256) return undefined;
      return bytes;
    },
  };
}

/** What is told of a file that has other bytes than it lists. */
export function sizeProblem({ size_bytes, size_expected_bytes }: ShareFile, file: string): LabError | undefined {
  if (size_bytes === size_expected_bytes) return undefined;
  return size_bytes < size_expected_bytes
    ? shareError(
        'torn',
        `The file is cut off: ${formatCount(size_bytes)} of ${formatCount(size_expected_bytes)} bytes are there. What can be read is shown.`,
        file,
        'get it again',
      )
    : shareError('longer', `The file is ${plural(size_bytes - size_expected_bytes, 'byte')} longer than it says; those are not looked at.`, file);
}
