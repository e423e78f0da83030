import { type InjectionKey, inject, provide, type Ref, shallowRef } from 'vue';
import type { ImportReport } from '../src-main/lab/contract.ts';
import { type DroppedDirectory, readDropped } from './dropped-files.ts';
import { checkSize, importKind, isSharedFile } from './files.ts';
import { formatCount, plural } from './format.ts';
import { type Imported, importMessage } from './import-message.ts';
import type { Lab } from './lab.ts';
import type { Library } from './library.ts';
import { useNotices } from './notices.ts';
import { goTo } from './router.ts';
import { useSharing } from './use-sharing.ts';

const HEAD_BYTES = 4096;
/** What the preload calls the message that brings opened files. */
const FILES_MESSAGE = 'memledger:files';

export interface Importer {
  /** Imports scenarios and files of foreign formats, one after another, and opens the last one. */
  importFiles(files: readonly File[]): Promise<void>;
  /** Imports what was dropped: files one after another, a directory as a whole. */
  importDropped(transfer: DataTransfer): Promise<void>;
  /** Lets the user choose files. */
  chooseFiles(): void;
  /** An import of which there is more to tell than that it is there: lines not understood, sums that do not add up, notes. Null when there is nothing to show. */
  readonly unclear: Ref<{ readonly file_name: string; readonly report: ImportReport } | null>;
}

const importKey: InjectionKey<Importer> = Symbol('import');

/** Shows what an import made: its run, else its first scenario. */
export function openImported({ run_ids, scenario_ids }: ImportReport): void {
  const [run_id] = run_ids;
  const [scenario_id] = scenario_ids;
  if (run_id !== undefined) goTo({ view: 'run', run_id });
  else if (scenario_id !== undefined) goTo({ view: 'scenario', scenario_id });
}

/** Sets up importing for the whole window. Called once, in its root. */
export function provideImport(lab: Lab, library: Library): Importer {
  const notices = useNotices();
  const sharing = useSharing(lab);
  const unclear: Importer['unclear'] = shallowRef(null);

  /** What the notice of imports says, and its id, so that the next import adds to it while it is shown. */
  let told: { readonly id: number; readonly imported: readonly Imported[]; readonly all_good: boolean } | undefined;
  function tellImported(one: Imported, is_good: boolean): void {
    const shown = notices.shown.some((notice) => notice.id === told?.id) ? told : undefined;
    if (shown !== undefined) notices.dismiss(shown.id);
    const imported = [...(shown?.imported ?? []), one];
    const all_good = is_good && shown?.all_good !== false;
    told = { id: notices.tell(importMessage(imported), { tone: all_good ? 'good' : 'plain' }), imported, all_good };
  }

  async function importScenario(file: File): Promise<void> {
    const imported = await lab.ask('importScenario', { file_name: file.name, text: await file.text() });
    if (imported === undefined) return;
    const { scenario, marks } = imported;
    tellImported({ name: `“${scenario.name}”`, detail: marks.length === 0 ? '' : `with ${plural(marks.length, 'problem')}` }, marks.length === 0);
    goTo({ view: 'scenario', scenario_id: scenario.id });
  }

  async function importTrace(file: File): Promise<void> {
    const report = await lab.ask('importTrace', { file_name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    if (report === undefined) return;
    tellReport(file.name, report);
  }

  async function importDirectory({ name, files }: DroppedDirectory): Promise<void> {
    const size = checkSize(
      name,
      'trace',
      files.reduce((sum, { file }) => sum + file.size, 0),
    );
    if (!size.ok) return notices.report(size.errors);
    const read = await Promise.all(files.map(async ({ path, file }) => ({ path, bytes: new Uint8Array(await file.arrayBuffer()) })));
    const report = await lab.ask('importDirectory', { name, files: read });
    if (report !== undefined) tellReport(name, report);
  }

  /** Tells an import in a dialog where there is something to know, else in a notice, and opens what was made. */
  function tellReport(file_name: string, report: ImportReport): void {
    if (report.lines_not_understood > 0 || report.slack.length > 0 || report.notes.length + report.known_scenarios.length > 0) {
      unclear.value = { file_name, report };
      return;
    }
    tellImported({ name: file_name, detail: `as ${report.title}: ${formatCount(report.lines_used)} of ${formatCount(report.lines_total)} lines used` }, true);
    openImported(report);
  }

  const importer: Importer = {
    unclear,
    async importFiles(files) {
      if (files.length === 0) return;
      for (const file of files) {
        if (isSharedFile(await file.slice(0, HEAD_BYTES).arrayBuffer())) {
          const opened = await sharing.openFile(file);
          if (opened !== undefined) goTo({ view: 'shared', shared_id: opened.id });
          continue;
        }
        const kind = importKind(file.name, await file.slice(0, HEAD_BYTES).text());
        const size = checkSize(file.name, kind, file.size);
        if (!size.ok) notices.report(size.errors);
        else await (kind === 'scenario' ? importScenario(file) : importTrace(file));
      }
      await library.refresh();
    },
    async importDropped(transfer) {
      const { files, directories } = await readDropped(transfer);
      for (const directory of directories) await importDirectory(directory);
      if (directories.length > 0) await library.refresh();
      await importer.importFiles(files);
    },
    chooseFiles() {
      const input = document.createElement('input');
      input.type = 'file';
      input.multiple = true;
      input.addEventListener('change', () => void importer.importFiles([...(input.files ?? [])]));
      input.click();
    },
  };
  // The desktop host: files that were opened from outside of the window.
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.source === window) void importer.importFiles(filesOf(event.data));
  });
  provide(importKey, importer);
  return importer;
}

/** The files in a message of the desktop host; none in any other message. */
function filesOf(message: unknown): readonly File[] {
  if (typeof message !== 'object' || message === null || !('kind' in message) || !('files' in message)) return [];
  if (message.kind !== FILES_MESSAGE || !Array.isArray(message.files)) return [];
  return message.files.filter((file) => file instanceof File);
}

/** Importing, in any component below the root. */
export function useImport(): Importer {
  const importer = inject(importKey);
  if (importer === undefined) throw new Error('useImport outside of the window');
  return importer;
}
