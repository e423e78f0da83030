import { BrowserWindow, dialog, MessageChannelMain } from 'electron';
import type { LabPort } from '../../lab/rpc.ts';
import { APP_URL } from './app-protocol.ts';
import { CHANNEL, type OpenedFile } from './channels.ts';
import { guardContents } from './guard.ts';
import { labPortOf } from './lab-port.ts';
import type { OpenWindow } from './open-windows.ts';

/**
 * Opens a window of the lab at an address. The system keeps its place, its size and whether it is maximised under its name, and puts it back onto a display that is there.
 * `onPage` gets the lab's end of a port each time that a page has loaded, which is also after a reload.
 */
export function openWindow({ name, address }: OpenWindow, preload_path: string, onPage: (port: LabPort) => void): BrowserWindow {
  const window = new BrowserWindow({
    name,
    windowStatePersistence: true,
    title: 'Memledger',
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    webPreferences: { preload: preload_path, contextIsolation: true, sandbox: true, nodeIntegration: false, spellcheck: false },
  });
  const contents = window.webContents;
  guardContents(contents);

  contents.on('dom-ready', () => {
    const { port1, port2 } = new MessageChannelMain();
    contents.postMessage(CHANNEL.port, null, [port2]);
    onPage(labPortOf(port1));
  });
  window.once('ready-to-show', () => window.show());
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const answer = dialog.showMessageBoxSync(window, {
      type: 'error',
      message: `The window's process went down (${reason}).`,
      detail: 'Recordings go on, and nothing recorded is lost.',
      buttons: ['Reload', 'Close'],
    });
    if (answer === 0) contents.reload();
    else window.destroy();
  });
  void window.loadURL(`${APP_URL}${address}`);
  return window;
}

/** Where in the lab a window is: `#/run/7?event=120`; empty where it has not been anywhere yet. */
export function addressOf(window: BrowserWindow): string {
  const url = window.webContents.getURL();
  return url === '' ? '' : new URL(url).hash;
}

/** Hands files to the window's page, which imports them as if they had been dropped there. */
export function sendFiles(window: BrowserWindow, files: readonly OpenedFile[]): void {
  window.webContents.postMessage(CHANNEL.files, files);
}

/** Has the window's page run one of its commands. */
export function sendCommand(window: BrowserWindow, id: string): void {
  window.webContents.postMessage(CHANNEL.command, id);
}

/** Brings the window to the front. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.focus();
}
