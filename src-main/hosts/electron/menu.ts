import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  readonly importFiles: () => void;
  readonly openRecent: (path: string) => void;
}

/** The menus, as a table. What the window itself can do stands in its own palette and keys, not here. */
export function menuTemplate(recent: readonly string[], actions: MenuActions): MenuItemConstructorOptions[] {
  const recentItems = recent.map((path): MenuItemConstructorOptions => ({ label: basename(path), toolTip: path, click: () => actions.openRecent(path) }));
  return [
    {
      label: '&File',
      submenu: [
        { label: '&Import…', accelerator: 'CmdOrCtrl+O', click: () => actions.importFiles() },
        { label: 'Import &recent', enabled: recent.length > 0, submenu: recentItems },
        { type: 'separator' },
        { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        { role: 'toggleDevTools' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { label: '&Help', submenu: [{ role: 'about' }] },
  ];
}
