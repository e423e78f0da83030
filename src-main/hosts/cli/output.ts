import { plainFigures } from '../../../src-engine/base/figures.ts';
import { formatError, type LabError } from '../../../src-engine/base/result.ts';

/** What the command's exit code says. */
export const EXIT = { ok: 0, input_errors: 1, usage: 2, expectation_failed: 3, interrupted: 130 } as const;

/** Writes to standard output and returns when it is taken, so that a pipe gets everything before the process ends. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, (error) => {
      // The reader has gone (`| head`): nothing more to say to it.
      if (error === undefined || error === null || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}

/** Prints a value as JSON. */
export const printJson = (value: unknown): Promise<void> => print(JSON.stringify(value, null, 2));

/** An error for JSON, with figures as a terminal has them. */
export const plainError = (error: LabError): LabError => ({ ...error, message: plainFigures(error.message) });

/** Tells what is wrong in one line on standard error, with figures as a terminal has them. */
export const tellProblem = (error: LabError): void => void process.stderr.write(`memledger: ${plainFigures(formatError(error))}\n`);

/** Tells errors: one line each on standard error, and with `--json` also as an object on standard output. Returns the exit code. */
export async function tellErrors(errors: readonly LabError[], json: boolean): Promise<number> {
  for (const error of errors) tellProblem(error);
  if (json) await printJson({ errors: errors.map(plainError) });
  return EXIT.input_errors;
}
