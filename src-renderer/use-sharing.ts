import type { Params, RunRow } from '../src-main/lab/contract.ts';
import type { ExportedFormat, SharedFile } from '../src-main/lab/sharing-contract.ts';
import { formatBytes } from './format.ts';
import type { Lab } from './lab.ts';
import { useNotices } from './notices.ts';

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
const UPLOAD_BYTES = 4 * 2 ** 20;

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
  /** Opens somebody else's file as a guest; undefined where it cannot be opened, which is told. */
  openFile(file: File): Promise<SharedFile<RunRow> | undefined>;
}

/** Exporting and opening of files. */
export function useSharing(lab: Lab): SharingActions {
  const notices = useNotices();

  return {
    async exportRuns(format, run_ids, stem, { scenario_ids = [], comparison_ids = [] } = {}) {
      const { extension, media_type } = WINDOW_FORMATS[format];
      const file_name = `${stem}${extension}`;
      const token = crypto.randomUUID();
      const told = notices.tell(`Exporting ${file_name} …`, { action: { title: 'Cancel', run: () => void lab.ask('cancelExport', { token }) } });
      const made = await lab.ask('writeExport', { token, format: format === 'png' ? 'svg' : format, run_ids: [...run_ids], scenario_ids, comparison_ids });
      notices.dismiss(told);
      if (made === undefined) return;
      if (made === null) {
        notices.tell('The export was cancelled; nothing is left of it.');
        return;
      }
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (let offset = 0; offset < made.size_bytes; ) {
        const bytes = await lab.ask('readExport', { export_id: made.export_id, offset });
        if (bytes === undefined || bytes.length === 0) break;
        parts.push(new Uint8Array(bytes));
        offset += bytes.length;
      }
      await lab.ask('closeExport', { export_id: made.export_id });
      const blob = new Blob(parts, { type: format === 'png' ? 'image/svg+xml' : media_type });
      if (blob.size < made.size_bytes) return;
      download(file_name, format === 'png' ? await pngOf(blob) : blob);
      notices.tell(`Exported ${file_name}, ${formatBytes(blob.size)}.`, { tone: 'good' });
    },

    async openFile(file) {
      const upload = await lab.ask('startUpload', { file_name: file.name, size_bytes: file.size });
      if (upload === undefined) return undefined;
      const told = notices.tell(`Opening ${file.name} …`);
      for (let at = 0; at < file.size; at += UPLOAD_BYTES) {
        const bytes = new Uint8Array(await file.slice(at, at + UPLOAD_BYTES).arrayBuffer());
        if ((await lab.ask('uploadPiece', { upload_id: upload.upload_id, bytes })) === undefined) return undefined;
      }
      const opened = await lab.ask('openShared', { upload_id: upload.upload_id });
      notices.dismiss(told);
      return opened;
    },
  };
}
