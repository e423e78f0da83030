import { ipcRenderer } from 'electron';
import { CHANNEL } from './channels.ts';

/**
 * Runs in the sandboxed window before the page. It exposes no function to the page: it passes on the port on which the lab speaks,
 * exactly as it came, and shows the place that the host asks for.
 */
ipcRenderer.on(CHANNEL.port, (event) => {
  window.postMessage(CHANNEL.port, window.location.origin, event.ports);
});

ipcRenderer.on(CHANNEL.show, (_event, route: unknown) => {
  if (typeof route === 'string' && route.startsWith('#/')) window.location.hash = route;
});
