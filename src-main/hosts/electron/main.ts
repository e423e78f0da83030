import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, Menu, protocol, session } from 'electron';
import { formatError, type LabError } from '../../../src-engine/base/result.ts';
import { createLab } from '../../lab/lab.ts';
import { databasePath, EXAMPLES_DIR } from '../../lab/paths.ts';
import { serveLab } from '../../lab/rpc.ts';
import { APP_SCHEME, serveFilesBelow } from './app-protocol.ts';
import { guardSession } from './guard.ts';
import { menuTemplate } from './menu.ts';
import { createOpenWindows } from './open-windows.ts';
import { filesOf, readOpened } from './opened-files.ts';
import { createRecentFiles } from './recent-files.ts';
import { utilityProcessHost } from './utility-process-host.ts';
import { focusWindow, sendCommand, sendFiles } from './window.ts';
import { createWindows, type Windows } from './windows.ts';

/** The desktop host: wires Electron to the lab and decides nothing. Bundled into dist/electron/main.js, from where these paths lead. */
const PRELOAD_PATH = fileURLToPath(new URL('./preload.cjs', import.meta.url));
const RENDERER_DIR = fileURLToPath(new URL('../renderer/', import.meta.url));

/** What a second start of the app hands to the first. */
interface Handover {
  readonly files: readonly string[];
}

const tell = (title: string, errors: readonly LabError[]): void => dialog.showErrorBox(title, errors.map(formatError).join('\n'));

async function start(files: readonly string[]): Promise<void> {
  let windows: Windows | undefined;
  /** Files to import as soon as a window's page can take them. */
  const waiting = [...files];

  const recent = createRecentFiles(join(app.getPath('userData'), 'recent-files.json'));
  const showMenu = (): void => {
    const actions = {
      newWindow: () => windows?.open(''),
      importFiles: () => void chooseFiles(),
      openRecent: (path: string) => void importFiles([path]),
      runCommand(id: string) {
        const front = windows?.front();
        if (front !== undefined) sendCommand(front, id);
      },
    };
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(recent.list(), { commands: windows?.commands() ?? [] }, actions, process.platform)));
  };

  async function importFiles(paths: readonly string[]): Promise<void> {
    const window = windows?.front();
    if (window === undefined || windows?.isFrontReady() !== true) {
      waiting.push(...paths);
      return;
    }
    focusWindow(window);
    for (const path of paths) {
      const opened = await readOpened(path);
      if (!opened.ok) {
        tell('Memledger cannot open the file', opened.errors);
        continue;
      }
      sendFiles(window, [opened.value]);
      recent.add(path);
    }
    if (paths.length > 0) showMenu();
  }

  async function chooseFiles(): Promise<void> {
    const { filePaths } = await dialog.showOpenDialog({ title: 'Import scenarios or traces', properties: ['openFile', 'multiSelections'] });
    await importFiles(filePaths);
  }

  app.on('open-file', (event, path) => {
    event.preventDefault();
    void importFiles([path]);
  });
  app.on('second-instance', (_event, _argv, _directory, handover) => {
    const front = windows?.front();
    if (front !== undefined) focusWindow(front);
    void importFiles((handover as Handover).files);
  });

  await app.whenReady();
  const { path: db_path, create_directory } = databasePath(undefined);
  const opened = await createLab({ db_path, create_directory, examples_dir: EXAMPLES_DIR, processes: utilityProcessHost });
  if (!opened.ok) {
    tell('Memledger cannot open its library', opened.errors);
    app.exit(1);
    return;
  }
  const lab = opened.value;
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', () => lab.close());

  guardSession(session.defaultSession);
  protocol.handle(APP_SCHEME.scheme, serveFilesBelow(RENDERER_DIR));
  windows = createWindows({
    preload_path: PRELOAD_PATH,
    kept: createOpenWindows(join(app.getPath('userData'), 'open-windows.json')),
    onPage(port) {
      serveLab(lab, port);
      void importFiles(waiting.splice(0));
    },
    onMenu: showMenu,
  });
  app.on('before-quit', windows.startQuitting);
  showMenu();
  windows.openKept();
  // While the window starts.
  await lab.load();
}

// All of this must come before the app is ready: so nothing here waits.
app.commandLine.appendSwitch('disable-background-networking');
app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
protocol.registerSchemesAsPrivileged([APP_SCHEME]);
const files = filesOf(process.argv, app.isPackaged ? 1 : 2, process.cwd());
if (app.requestSingleInstanceLock({ files } satisfies Handover)) void start(files);
else app.quit();
