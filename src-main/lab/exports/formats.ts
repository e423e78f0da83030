/** What runs can be exported as. `extension` with its dot. */
export interface ExportFormat {
  readonly title: string;
  readonly extension: string;
  readonly media_type: string;
  /** Only one run at a time. */
  readonly single?: boolean;
  readonly binary?: boolean;
}

/** The one table of export formats: command line, menus and docs are made from it. */
export const EXPORT_FORMATS = {
  yaml: { title: 'Scenario as it was when it ran (YAML)', extension: '.yaml', media_type: 'text/yaml', single: true },
  csv: { title: 'Samples (CSV)', extension: '.samples.csv', media_type: 'text/csv' },
  'csv-steps': { title: 'Counters after each step (CSV)', extension: '.steps.csv', media_type: 'text/csv' },
  'csv-series': { title: 'Counters over events (CSV)', extension: '.series.csv', media_type: 'text/csv' },
  jsonl: { title: 'Events (JSON lines)', extension: '.events.jsonl', media_type: 'application/x-ndjson' },
  svg: { title: 'Chart of current by container (SVG)', extension: '.svg', media_type: 'image/svg+xml', single: true },
  html: { title: 'Report (HTML)', extension: '.html', media_type: 'text/html' },
  text: { title: 'Report for a mailing list (text, 72 columns)', extension: '.txt', media_type: 'text/plain' },
  perfetto: { title: 'Trace for Perfetto', extension: '.perfetto-trace', media_type: 'application/octet-stream', binary: true },
} as const satisfies Readonly<Record<string, ExportFormat>>;
export type ExportFormatName = keyof typeof EXPORT_FORMATS;
export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as readonly ExportFormatName[];
