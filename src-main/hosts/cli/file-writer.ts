import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';

/** A file on its way: it bears its name only once it is whole, and nothing is left of one that was given up. */
export interface FileWriter {
  write(bytes: Uint8Array): void;
  finish(): void;
  giveUp(): void;
}

/** Starts a file. Error: it cannot be written. */
export function createFileWriter(path: string): Result<FileWriter> {
  const part = `${path}.part`;
  let fd: number;
  try {
    fd = openSync(part, 'w');
  } catch (exception) {
    const reason = exception instanceof Error ? exception.message : String(exception);
    return fail({ code: 'cannot-write', message: `${path} cannot be written: ${reason}`, remedy: 'choose another --output' });
  }
  return ok({
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    },
    finish: () => {
      closeSync(fd);
      renameSync(part, path);
    },
    giveUp: () => {
      closeSync(fd);
      rmSync(part, { force: true });
    },
  });
}

/** Writes bytes to standard output as they are, and returns when they are taken. */
export function printBytes(bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      // The reader has gone (`| head`): nothing more to say to it.
      if (error === undefined || error === null || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}
