import type { LabError } from '../base/result.ts';
import { fromQuotedPrintable } from './quoted-printable.ts';

/** Bytes by which a file that is no text is known, and what its owner can do about it. */
interface Magic {
  readonly bytes: readonly number[];
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

const ascii = (text: string): readonly number[] => [...text].map((char) => char.charCodeAt(0));

const MAGICS: readonly Magic[] = [
  {
    bytes: [0x17, 0x08, 0x44, ...ascii('tracing')],
    code: 'trace-dat',
    message: 'This is the binary trace.dat of trace-cmd, not text.',
    remedy: 'run `trace-cmd report trace.dat > trace.txt` and import trace.txt',
  },
  {
    bytes: ascii('PERFILE2'),
    code: 'trace-perf-data',
    message: 'This is the binary perf.data of perf, not text.',
    remedy: 'run `perf script > trace.txt` and import trace.txt',
  },
  { bytes: [0x1f, 0x8b], code: 'trace-compressed', message: 'The file is compressed with gzip.', remedy: 'run `gunzip` on it first' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], code: 'trace-compressed', message: 'The file is compressed with zstd.', remedy: 'run `unzstd` on it first' },
  { bytes: [0xfd, ...ascii('7zXZ'), 0], code: 'trace-compressed', message: 'The file is compressed with xz.', remedy: 'run `unxz` on it first' },
  { bytes: ascii('PK\x03\x04'), code: 'trace-compressed', message: 'The file is a zip archive.', remedy: 'unpack it and import the text in it' },
];

/** Text beyond this does not fit one string; gigabytes of events are no use to step through either. */
const INPUT_SIZE_BYTES_MAX = 400 * 1024 * 1024;
const BINARY_PROBE_BYTES = 65_536;

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, index) => bytes[index] === byte);

/** Text of a file's bytes (UTF-8, or UTF-16 with its mark; of a mail in quoted-printable what it says, line for line), or the reason why it holds none. */
export function decodeTrace(bytes: Uint8Array, file: string): { readonly text: string } | { readonly error: LabError } {
  const place = { file };
  for (const { bytes: magic, code, message, remedy } of MAGICS) if (startsWith(bytes, magic)) return { error: { code, message, place, remedy } };
  if (bytes.length > INPUT_SIZE_BYTES_MAX) {
    const message = `The trace has ${Math.round(bytes.length / 1048576)} MiB, more than the ${INPUT_SIZE_BYTES_MAX / 1048576} MiB that one import takes.`;
    return {
      error: { code: 'trace-too-large', message, place, remedy: 'keep the part of interest, as with `grep mm_vmscan`, or cut it with `split -l 1000000`' },
    };
  }
  if (startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff]))
    return { text: new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes) };
  if (bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) return { error: binary(file) };
  return { text: fromQuotedPrintable(new TextDecoder().decode(bytes)) };
}

const binary = (file: string): LabError => ({
  code: 'trace-binary',
  message: 'The file is binary, not the text of a kernel trace.',
  place: { file },
  remedy: 'import the text of /sys/kernel/tracing/trace, of trace_pipe, or of `trace-cmd report`',
});

const ENABLE_EVENTS =
  'record events: `echo nop > /sys/kernel/tracing/current_tracer; echo 1 > /sys/kernel/tracing/events/vmscan/enable`, or `trace-cmd record -e vmscan`';

/** What was seen of a text without a single event in it. */
export interface EventlessTrace {
  readonly file: string;
  /** Of its `# tracer:` header, or by the look of its lines; empty if unknown. */
  readonly tracer: string;
  readonly first_line: { readonly line: number; readonly text: string } | null;
  readonly header_count: number;
}

/** Why a text without events is refused. */
export function refuseEventless({ file, tracer, first_line, header_count }: EventlessTrace): LabError {
  const place = first_line === null ? { file } : { file, ...first_line };
  if (tracer !== '' && tracer !== 'nop') {
    return { code: 'trace-other-tracer', message: `This is the output of the ${tracer} tracer, whose lines carry no events.`, place, remedy: ENABLE_EVENTS };
  }
  if (first_line !== null) return { code: 'trace-no-events', message: `No line of ${file} is an ftrace event.`, place, remedy: ENABLE_EVENTS };
  if (header_count > 0) return { code: 'trace-no-events', message: 'The trace has its header but no event in it.', place, remedy: ENABLE_EVENTS };
  return { code: 'trace-empty', message: 'The file is empty.', place, remedy: ENABLE_EVENTS };
}
