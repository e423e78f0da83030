import { chmodSync, statSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { fail, type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import { type FormattedFile, formatScenarioFile, formatScenarioText } from '../../lab/format-file.ts';
import { createFileWriter, printBytes } from './file-writer.ts';
import { EXIT, print, tellErrors } from './output.ts';

/** Stands for standard input, whose text goes to standard output. */
const STDIN = '-';
const STDIN_NAME = '<stdin>';

/** Puts a file's new text in its place; it keeps its mode. */
function replace({ path, formatted }: FormattedFile): Result<null> {
  const { mode } = statSync(path);
  const writer = createFileWriter(path);
  if (!writer.ok) return fail({ ...writer.errors[0], remedy: 'check the permissions of its directory' });
  writer.value.write(Buffer.from(formatted));
  writer.value.finish();
  chmodSync(path, mode);
  return ok(null);
}

/** `memledger format FILE…`: scenarios in the lab's layout, as the editor saves them, and the names of those that were changed; `-`: standard input to standard output. */
export async function formatCommand(files: readonly string[], { check = false }: { readonly check?: boolean }): Promise<number> {
  const errors: LabError[] = [];
  const changed: string[] = [];
  for (const file of files) {
    if (file === STDIN) {
      const text = await textOf(process.stdin);
      const formatted = formatScenarioText(text, STDIN_NAME);
      if (!formatted.ok) errors.push(...formatted.errors);
      else if (!check) await printBytes(Buffer.from(formatted.value));
      else if (formatted.value !== text) changed.push(STDIN_NAME);
      continue;
    }
    const found = formatScenarioFile(file);
    const done = found.ok && found.value.is_changed && !check ? replace(found.value) : found;
    if (!done.ok) errors.push(...done.errors);
    else if (found.ok && found.value.is_changed) changed.push(file);
  }
  if (changed.length > 0) await print(changed.join('\n'));
  if (errors.length > 0) return tellErrors(errors, false);
  return check && changed.length > 0 ? EXIT.input_errors : EXIT.ok;
}
