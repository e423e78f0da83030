import type { LabError, Result } from '../src-engine/base/result.ts';
import { fail, ok } from '../src-engine/base/result.ts';

/** Largest scenario text and largest trace that the lab takes, in bytes. */
const SCENARIO_BYTES_MAX = 8 * 1024 * 1024;
const TRACE_BYTES_MAX = 250 * 1024 * 1024;

/** What a file is taken for: by its name, or where the name says nothing, by its first line of content. */
export function importKind(file_name: string, head: string): 'scenario' | 'trace' {
  if (/\.ya?ml$/i.test(file_name)) return 'scenario';
  return /^\s*memledger\s*:/m.test(head) ? 'scenario' : 'trace';
}

/** Whether a file is too large to be taken, before it is read. */
export function checkSize(file_name: string, kind: 'scenario' | 'trace', size_bytes: number): Result<null> {
  const max_bytes = kind === 'scenario' ? SCENARIO_BYTES_MAX : TRACE_BYTES_MAX;
  if (size_bytes <= max_bytes) return ok(null);
  const mib = (bytes: number): string => `${(bytes / (1024 * 1024)).toFixed(0)} MiB`;
  const error: LabError = {
    code: 'file-too-large',
    message: `The file is ${mib(size_bytes)} large; a ${kind} may have ${mib(max_bytes)} at most.`,
    place: { file: file_name },
    remedy:
      kind === 'trace' ? 'Import it with `memledger import` on the command line, or cut it into parts.' : 'Is it a scenario? They are texts of a few KiB.',
  };
  return fail(error);
}

/** A file name from a scenario's name: `who-pays-for-a-shared-file.yaml`. */
export function scenarioFileName(name: string): string {
  const words = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${words === '' ? 'scenario' : words}.yaml`;
}

/** Hands a text to the user as a file. */
export function downloadText(file_name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file_name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** First bytes of a .memledger file (docs/sharing.md). */
const SHARED_MAGIC = [0x89, 0x4d, 0x4c, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file that begins so is one of the lab's own, to be looked at. */
export function isSharedFile(head: ArrayBuffer): boolean {
  const bytes = new Uint8Array(head);
  return SHARED_MAGIC.every((byte, at) => bytes[at] === byte);
}
