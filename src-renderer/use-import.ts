import { type InjectionKey, inject, provide, type Ref, shallowRef } from 'vue';
import type { ImportReport } from '../src-main/lab/contract.ts';
import { checkSize, importKind } from './files.ts';
import { formatCount, plural } from './format.ts';
import { type Imported, importMessage } from './import-message.ts';
import type { Lab } from './lab.ts';
import type { Library } from './library.ts';
import { useNotices } from './notices.ts';
import { goTo } from './router.ts';

const HEAD_BYTES = 4096;
/** What the preload calls the message that brings opened files. */
const FILES_MESSAGE = 'memledger:files';

export interface Importer {
  /** Imports scenarios and traces, one after another, and opens the last one. */
  importFiles(files: readonly File[]): Promise<void>;
  /** Lets the user choose files. */
  chooseFiles(): void;
  /** A trace of which some lines were not understood; null when there is nothing to show. */
  readonly unclear: Ref<{ readonly file_name: string; readonly report: ImportReport } | null>;
}

const importKey: InjectionKey<Importer> = Symbol('import');

/** Sets up importing for the whole window. Called once, in its root. */
export function provideImport(lab: Lab, library: Library): Importer {
  const notices = useNotices();
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
    const [run_id] = report.run_ids;
    if (report.lines_not_understood > 0) {
      unclear.value = { file_name: file.name, report };
      return;
    }
    tellImported({ name: file.name, detail: `as ${report.format}: ${formatCount(report.lines_used)} of ${formatCount(report.lines_total)} lines used` }, true);
    if (run_id !== undefined) goTo({ view: 'run', run_id });
  }

  const importer: Importer = {
    unclear,
    async importFiles(files) {
      if (files.length === 0) return;
      for (const file of files) {
        const kind = importKind(file.name, await file.slice(0, HEAD_BYTES).text());
        const size = checkSize(file.name, kind, file.size);
        if (!size.ok) notices.report(size.errors);
        else await (kind === 'scenario' ? importScenario(file) : importTrace(file));
      }
      await library.refresh();
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
