import type { LabError } from '../../../src-engine/base/result.ts';
import { readScenarioFile } from '../../lab/scenario-file.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';

/** `memledger check FILE…`: reads scenarios as a run would, and tells every error of all of them. Records nothing. */
export async function checkCommand(files: readonly string[], { json = false }: { readonly json?: boolean }): Promise<number> {
  const errors: LabError[] = [];
  const sound: { readonly file: string; readonly name: string; readonly models: readonly string[] }[] = [];
  for (const file of files) {
    const read = readScenarioFile(file);
    if (read.ok) sound.push({ file, name: read.value.name, models: read.value.models });
    else errors.push(...read.errors);
  }
  if (errors.length > 0) return tellErrors(errors, json);
  if (json) await printJson({ scenarios: sound });
  else await print(sound.map(({ file, name, models }) => `${file}: ${name}${models.length === 0 ? '' : ` (${models.join(', ')})`}`).join('\n'));
  return EXIT.ok;
}
