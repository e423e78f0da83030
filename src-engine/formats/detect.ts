import { fail, ok, type Result } from '../base/result.ts';
import { CACHE_TRACE } from './cache-trace.ts';
import { CGROUPFS } from './cgroupfs.ts';
import { countMatches, type ForeignFormat, type ImportInput, type Recognition } from './foreign-format.ts';
import { parseHead, stripWrapping } from './ftrace-lines.ts';
import { decodeTrace } from './ftrace-refusals.ts';
import { OOM_REPORT } from './oom-report.ts';
import { PAGE_OWNER } from './page-owner.ts';
import { PAGE_TYPES } from './page-types.ts';
import { PROC_SET } from './proc-set.ts';
import { readTar } from './tar.ts';

/** Formats that become scenarios. */
export const SCENARIO_FORMATS: readonly ForeignFormat[] = [OOM_REPORT, CGROUPFS, PROC_SET, PAGE_TYPES, PAGE_OWNER, CACHE_TRACE];

const FTRACE_ID = 'ftrace';
const TRACER = /^\s*# tracer: \S|^cpus=\d+$|^\s*# {9}.*TASK-PID/;

/** ftrace text is streamed into a run (ftrace-import.ts), so it is no ForeignFormat; it is recognised like one. */
function recogniseFtrace({ text }: ImportInput): Recognition {
  const heads = countMatches(text, /./s, (line) => {
    const bare = stripWrapping(line.replaceAll('\t', ' ').replaceAll('\u00a0', ' '));
    return parseHead(bare) === null ? '' : bare;
  });
  const headers = countMatches(text, TRACER, stripWrapping);
  return { fits: heads * 4 + headers, why: heads > 0 ? `${heads} lines of events` : 'no line is an ftrace event' };
}

/** What an input turned out to be: ftrace text, or a format that becomes a scenario. */
export type Detected = { readonly kind: 'ftrace' } | { readonly kind: 'scenario'; readonly format: ForeignFormat };

/** Reads what a single file is: an archive of files, text, or bytes. Errors: it is compressed, or of a binary format that the lab does not read, with what to do about it. */
export function inputOf(name: string, bytes: Uint8Array): Result<ImportInput> {
  const files = readTar(bytes);
  if (files !== null) return ok({ name, files, text: null });
  const single = [{ path: name, bytes }];
  const decoded = decodeTrace(bytes, name);
  if (!('error' in decoded)) return ok({ name, files: single, text: decoded.text });
  const binary: ImportInput = { name, files: single, text: null };
  return decoded.error.code === 'trace-binary' && CACHE_TRACE.recognise(binary).fits > 0 ? ok(binary) : fail(decoded.error);
}

/** Picks the format that fits best. Errors: none fits; the message says of each why. */
export function detectFormat(input: ImportInput): Result<Detected> {
  const ftrace = recogniseFtrace(input);
  const scenarios = SCENARIO_FORMATS.map((format) => ({ format, ...format.recognise(input) }));
  const best = scenarios.reduce((most, one) => (one.fits > most.fits ? one : most));
  if (ftrace.fits > 0 && ftrace.fits >= best.fits) return ok({ kind: 'ftrace' });
  if (best.fits > 0) return ok({ kind: 'scenario', format: best.format });
  const reasons = [`${FTRACE_ID}: ${ftrace.why}`, ...scenarios.map(({ format, why }) => `${format.id}: ${why}`)];
  return fail({
    code: 'import-no-format',
    message: `${input.name} is of no format that the lab reads (${reasons.join('; ')}).`,
    place: { file: input.name },
    remedy: 'give ftrace text, an out-of-memory report, cgroup files, page-types or page_owner text, a libCacheSim trace, or a scenario (YAML)',
  });
}
