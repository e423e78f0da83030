import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import type { LabClient, LabMessage } from '../../lab/contract.ts';
import { createLabClient, type LabService } from '../../lab/rpc.ts';

/** Bytes that go to the lab at once. */
const PIECE_BYTES = 4 * 2 ** 20;

/** The lab in this process, called as a window calls it. */
function clientOf(lab: LabService): LabClient {
  let listener: (message: LabMessage) => void = () => undefined;
  return createLabClient({
    send: (request) => void lab.handle(request).then((reply) => listener({ reply })),
    onMessage: (given) => {
      listener = given;
    },
    onClose: () => undefined,
  });
}

/**
 * Opens a shared file in the lab as a guest, as a window does with a file that is dropped on it, and gives the place in the lab that shows it (`#/shared/1`).
 * Errors: the file cannot be read, or is no shared file.
 */
export async function showSharedFile(lab: LabService, path: string): Promise<Result<string>> {
  const client = clientOf(lab);
  try {
    await using file = await open(path);
    const { size: size_bytes } = await file.stat();
    const upload = await client.call('startUpload', { file_name: basename(path), size_bytes });
    if (!upload.ok) return upload;
    const { upload_id } = upload.value;
    for (let at = 0; at < size_bytes; ) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(Math.min(PIECE_BYTES, size_bytes - at)), 0, undefined, at);
      if (bytesRead === 0) break;
      const taken = await client.call('uploadPiece', { upload_id, bytes: buffer.subarray(0, bytesRead) });
      if (!taken.ok) return taken;
      at += bytesRead;
    }
    const opened = await client.call('openShared', { upload_id });
    if (!opened.ok) return opened;
    // Nobody cancels it here.
    return ok(opened.value === null ? '#/library' : `#/shared/${opened.value.id}`);
  } catch (exception) {
    const why = exception instanceof Error ? exception.message : String(exception);
    return fail({ code: 'file-not-readable', message: `The file cannot be read: ${why}.`, place: { file: path } });
  }
}
