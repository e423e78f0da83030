import { type BrowserWindow, ipcMain, nativeTheme } from 'electron';
import type { LabPort } from '../../lab/rpc.ts';
import { CHANNEL } from './channels.ts';
import type { KeptList } from './kept-list.ts';
import { freeName, type OpenWindow } from './open-windows.ts';
import { addressOf, openWindow } from './window.ts';
import { WINDOW_MENU, type WindowMenu } from './window-menu.ts';

interface Shown {
  readonly name: string;
  readonly window: BrowserWindow;
  commands: WindowMenu['commands'];
  /** Its page listens: files can be handed to it. */
  is_ready: boolean;
}

/** The windows of the app. The one in front, or that last was, is the one that menus speak of and that opened files go to. */
export interface Windows {
  /** Opens those of the last time, or one at the library. */
  openKept(): void;
  /** Opens a new one beside those that are there, at an address. */
  open(address: string): void;
  /** The window in front; undefined while none is open. */
  front(): BrowserWindow | undefined;
  /** Whether the window in front has a page that files can be handed to. */
  isFrontReady(): boolean;
  /** What the window in front can do now. */
  commands(): WindowMenu['commands'];
  /** From now on the windows that close are those of an app that quits: the next start opens them again. */
  startQuitting(): void;
}

export interface WindowsOptions {
  readonly preload_path: string;
  readonly kept: KeptList<OpenWindow>;
  /** A page has loaded, and here is the lab's end of its port. */
  readonly onPage: (port: LabPort) => void;
  /** The menus are to be made anew: another window is in front, or what it can do has changed. */
  readonly onMenu: () => void;
}

/** Watches over the app's windows. Only after the app is ready. */
export function createWindows({ preload_path, kept, onPage, onMenu }: WindowsOptions): Windows {
  const shown: Shown[] = [];
  let is_quitting = false;

  const keep = (): void => {
    if (!is_quitting && shown.length > 0) kept.keep(shown.map(({ name, window }) => ({ name, address: addressOf(window) })));
  };

  function show(opening: OpenWindow): void {
    const window = openWindow(opening, preload_path, (port) => {
      entry.is_ready = true;
      onPage(port);
    });
    const entry: Shown = { name: opening.name, window, commands: [], is_ready: false };
    shown.push(entry);
    window.on('focus', () => {
      shown.splice(shown.indexOf(entry), 1);
      shown.push(entry);
      onMenu();
    });
    // While it closes its address can still be read: the last one is kept for the next start, one of several is not.
    window.on('close', () => {
      if (shown.length === 1) keep();
    });
    window.once('closed', () => {
      shown.splice(shown.indexOf(entry), 1);
      keep();
      onMenu();
    });
  }

  ipcMain.on(CHANNEL.menu, ({ sender }, told: unknown) => {
    const entry = shown.find(({ window }) => window.webContents === sender);
    const menu = WINDOW_MENU.safeParse(told);
    if (entry === undefined || !menu.success) return;
    entry.commands = menu.data.commands;
    nativeTheme.themeSource = menu.data.theme === 'auto' ? 'system' : menu.data.theme;
    if (entry === shown.at(-1)) onMenu();
  });

  return {
    openKept() {
      const windows = kept.list();
      for (const window of windows.length > 0 ? windows : [{ name: freeName([]), address: '' }]) show(window);
    },
    open: (address) => show({ name: freeName(shown.map(({ name }) => name)), address }),
    front: () => shown.at(-1)?.window,
    isFrontReady: () => shown.at(-1)?.is_ready === true,
    commands: () => shown.at(-1)?.commands ?? [],
    startQuitting() {
      keep();
      is_quitting = true;
    },
  };
}
