import type { Params, RunRow } from '../src-main/lab/contract.ts';
import type { ExportedFormat, SharedFile } from '../src-main/lab/sharing-contract.ts';
import { formatBytes } from './format.ts';
import type { Lab } from './lab.ts';
import { useNotices } from './notices.ts';
import { type TransferHandle, useTransfers } from './transfers.ts';

/** What the window writes: the lab's formats, and pictures of points, which it makes of the lab's drawing. */
export type WindowFormat = ExportedFormat | 'png';

/** Formats in the order of the menus, with the ending of their files. */
export const WINDOW_FORMATS: Readonly<
  Record<WindowFormat, { readonly title: string; readonly extension: string; readonly media_type: string; readonly single?: boolean }>
> = {
  html: { title: 'Report (HTML)', extension: '.html', media_type: 'text/html' },
  text: { title: 'Report for a mailing list (text)', extension: '.txt', media_type: 'text/plain' },
  csv: { title: 'Samples (CSV)', extension: '.samples.csv', media_type: 'text/csv' },
  'csv-steps': { title: 'Counters after each step (CSV)', extension: '.steps.csv', media_type: 'text/csv' },
  'csv-series': { title: 'Counters over events (CSV)', extension: '.series.csv', media_type: 'text/csv' },
  jsonl: { title: 'Events (JSON lines)', extension: '.events.jsonl', media_type: 'application/x-ndjson' },
  perfetto: { title: 'Trace for Perfetto', extension: '.perfetto-trace', media_type: 'application/octet-stream' },
  yaml: { title: 'Scenario as it ran (YAML)', extension: '.yaml', media_type: 'text/yaml', single: true },
  svg: { title: 'Chart of charge by container (SVG)', extension: '.svg', media_type: 'image/svg+xml', single: true },
  png: { title: 'Chart of charge by container (PNG)', extension: '.png', media_type: 'image/png', single: true },
  memledger: { title: 'File to share (.memledger)', extension: '.memledger', media_type: 'application/octet-stream' },
};

/** Points of a picture for each of the drawing's. */
const PNG_SCALE = 2;
/** Of a file at a time: to copy more would hold the window. */
const UPLOAD_BYTES = 2 ** 20;
/** Share of an export's bar that stands for making the file; the rest for handing it over. */
const MADE_SHARE = 0.9;
/** Share of an opening's bar that stands for sending the file to the lab; the rest for unpacking it. */
const SENT_SHARE = 0.1;

/** Hands bytes to the user as a file. */
export function download(file_name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = file_name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A drawing as a picture of points. */
export async function pngOf(svg: Blob): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width * PNG_SCALE;
    canvas.height = image.height * PNG_SCALE;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)), 'image/png'));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** What goes into a file to share besides runs; see `SHARING_METHODS.reckonShare`. */
export type SharedBesides = Pick<Params<'reckonShare'>, 'scenario_ids' | 'comparison_ids'>;

export interface SharingActions {
  /** Makes a file of runs and hands it to the user; can be cancelled while it is made. `also`: what a file to share holds besides. */
  exportRuns(format: WindowFormat, run_ids: readonly number[], stem: string, also?: SharedBesides): Promise<void>;
  /** Opens somebody else's file as a guest; undefined where it cannot be opened, or that was cancelled, which is told. */
  openFile(file: File): Promise<SharedFile<RunRow> | undefined>;
}

/** Exporting and opening of files. */
export function useSharing(lab: Lab): SharingActions {
  const notices = useNotices();
  const transfers = useTransfers();

  /** Takes a made file over, piece by piece, and drops it in the lab. Pieces are blobs at once, which the browser keeps out of the window's memory. */
  async function takeParts({ export_id, size_bytes }: { readonly export_id: number; readonly size_bytes: number }, transfer: TransferHandle): Promise<Blob[]> {
    const parts: Blob[] = [];
    for (let offset = 0; offset < size_bytes && !transfer.is_cancelled; ) {
      const bytes = await lab.ask('readExport', { export_id, offset });
      if (bytes === undefined || bytes.length === 0) break;
      parts.push(new Blob([new Uint8Array(bytes)]));
      offset += bytes.length;
      transfer.progress(MADE_SHARE + (1 - MADE_SHARE) * (offset / size_bytes));
    }
    await lab.ask('closeExport', { export_id });
    return parts;
  }

  /** Sends a file to the lab, piece by piece. Whether it is there whole. */
  async function sendPieces(file: File, upload_id: number, transfer: TransferHandle): Promise<boolean> {
    for (let at = 0; at < file.size; at += UPLOAD_BYTES) {
      const bytes = new Uint8Array(await file.slice(at, at + UPLOAD_BYTES).arrayBuffer());
      if (transfer.is_cancelled || (await lab.ask('uploadPiece', { upload_id, bytes })) === undefined) return false;
      transfer.progress(SENT_SHARE * Math.min(1, (at + UPLOAD_BYTES) / file.size));
    }
    return !transfer.is_cancelled;
  }

  return {
    async exportRuns(format, run_ids, stem, { scenario_ids = [], comparison_ids = [] } = {}) {
      const { extension, media_type } = WINDOW_FORMATS[format];
      const file_name = `${stem}${extension}`;
      const token = crypto.randomUUID();
      const transfer = transfers.begin('Exporting', file_name, () => void lab.ask('cancelExport', { token }));
      const unsubscribe = lab.subscribe((notice) => {
        if (notice.kind === 'export-progress' && notice.token === token) transfer.progress(notice.share * MADE_SHARE);
      });
      const made = await lab.ask('writeExport', { token, format: format === 'png' ? 'svg' : format, run_ids: [...run_ids], scenario_ids, comparison_ids });
      unsubscribe();
      const parts = made === undefined || made === null ? [] : await takeParts(made, transfer);
      transfer.end();
      if (made === undefined) return;
      if (made === null || transfer.is_cancelled) {
        notices.tell('The export was cancelled; nothing is left of it.');
        return;
      }
      const blob = new Blob(parts, { type: format === 'png' ? 'image/svg+xml' : media_type });
      if (blob.size < made.size_bytes) return;
      download(file_name, format === 'png' ? await pngOf(blob) : blob);
      notices.tell(`Exported ${file_name}, ${formatBytes(blob.size)}.`, { tone: 'good' });
    },

    async openFile(file) {
      const upload = await lab.ask('startUpload', { file_name: file.name, size_bytes: file.size });
      if (upload === undefined) return undefined;
      const { upload_id } = upload;
      const transfer = transfers.begin('Opening', file.name, () => void lab.ask('cancelUpload', { upload_id }));
      const unsubscribe = lab.subscribe((notice) => {
        if (notice.kind === 'export-progress' && notice.token === `open-${upload_id}`) transfer.progress(SENT_SHARE + (1 - SENT_SHARE) * notice.share);
      });
      try {
        const opened = (await sendPieces(file, upload_id, transfer)) ? ((await lab.ask('openShared', { upload_id })) ?? undefined) : undefined;
        if (!transfer.is_cancelled) return opened;
        // It was open before the lab heard of that.
        if (opened !== undefined) await lab.ask('closeShared', { shared_id: opened.id });
        notices.tell('The file was not opened; nothing is left of it.');
        return undefined;
      } finally {
        unsubscribe();
        transfer.end();
      }
    },
  };
}
