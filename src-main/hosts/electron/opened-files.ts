import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import type { OpenedFile } from './channels.ts';

/** Absolute path of an argument: file managers hand over paths, or `file:` addresses where the entry of the menu has `%U`. */
function pathOf(argument: string, working_directory: string): string {
  try {
    if (argument.startsWith('file://')) return fileURLToPath(argument);
  } catch {
    // No address of a file of this machine: then it is a name.
  }
  return resolve(working_directory, argument);
}

/**
 * The files that a command line names, as absolute paths. `lead_count` arguments stand before them: the program, and the app's folder where it is not packaged.
 * Switches are the runtime's own and may stand anywhere.
 */
export function filesOf(argv: readonly string[], lead_count: number, working_directory: string): readonly string[] {
  return argv
    .filter((argument) => !argument.startsWith('-'))
    .slice(lead_count)
    .map((argument) => pathOf(argument, working_directory));
}

/** Reads a file for the window. Errors: it is missing, no file, too large or not readable. */
export async function readOpened(path: string): Promise<Result<OpenedFile>> {
  try {
    return ok({ name: basename(path), bytes: new Uint8Array(await readFile(path)) });
  } catch (exception) {
    const why = exception instanceof Error ? exception.message : String(exception);
    return fail({ code: 'file-not-readable', message: `The file cannot be read: ${why}.`, place: { file: path } });
  }
}
