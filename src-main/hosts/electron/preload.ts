import { ipcRenderer } from 'electron';
import { CHANNEL, type OpenedFile } from './channels.ts';

/**
 * Runs in the sandboxed window before the page. It exposes no function to the page: it passes on what the host sends, the port on which the lab speaks
 * and opened files, as messages of the window's own.
 */
ipcRenderer.on(CHANNEL.port, (event) => {
  window.postMessage(CHANNEL.port, window.location.origin, event.ports);
});

ipcRenderer.on(CHANNEL.files, (_event, opened: readonly OpenedFile[]) => {
  const files = opened.map(({ name, bytes }) => new File([bytes], name));
  window.postMessage({ kind: CHANNEL.files, files }, window.location.origin);
});
