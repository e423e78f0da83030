import type { Session, WebContents } from 'electron';
import { APP_SCHEME, APP_URL } from './app-protocol.ts';

/** What a page of the lab may load: its own files, what it made itself, and the developer tools. Nothing goes to a network. */
const PROTOCOLS = new Set([`${APP_SCHEME.scheme}:`, 'blob:', 'data:', 'devtools:']);
/** Writing text to the clipboard, for the copy buttons. All other permissions are denied. */
const PERMISSION = 'clipboard-sanitized-write';

/** Cuts the session off from the network and denies what a page may ask for. */
export function guardSession(session: Session): void {
  session.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !PROTOCOLS.has(new URL(url).protocol) }));
  session.setPermissionCheckHandler((_contents, permission) => permission === PERMISSION);
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(permission === PERMISSION));
  session.setDevicePermissionHandler(() => false);
}

/** Keeps the window on the lab's page: no other window, no other page, no embedded one. */
export function guardContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-navigate', (event) => {
    // A reload of the page is a navigation to where it is.
    if (event.url.split('#')[0] !== APP_URL) event.preventDefault();
  });
}
