import { ipcRenderer } from 'electron';
import { CHANNEL, type OpenedFile } from './channels.ts';

/**
 * Runs in the sandboxed window before the page. It exposes no function to the page: it passes on messages of the window's own. From the host the port on which
 * the lab speaks, opened files, and commands that were chosen in a menu; to the host what the window can do now. Both ends check what they get.
 */
ipcRenderer.on(CHANNEL.port, (event) => {
  window.postMessage(CHANNEL.port, window.location.origin, event.ports);
});

ipcRenderer.on(CHANNEL.files, (_event, opened: readonly OpenedFile[]) => {
  const files = opened.map(({ name, bytes }) => new File([bytes], name));
  window.postMessage({ kind: CHANNEL.files, files }, window.location.origin);
});

ipcRenderer.on(CHANNEL.command, (_event, id: string) => {
  window.postMessage({ kind: CHANNEL.command, id }, window.location.origin);
});

window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
  if (source !== window || typeof data !== 'object' || data === null || !('kind' in data) || !('menu' in data)) return;
  if (data.kind === CHANNEL.menu) ipcRenderer.send(CHANNEL.menu, data.menu);
});
