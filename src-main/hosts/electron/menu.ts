import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { acceleratorOf } from './accelerator.ts';
import type { WindowMenu } from './window-menu.ts';

export interface MenuActions {
  readonly newWindow: () => void;
  readonly importFiles: () => void;
  readonly openRecent: (path: string) => void;
  /** Runs a command of the window that is in front. */
  readonly runCommand: (id: string) => void;
}

/** Commands of the window that the host does in its own way. */
const HOSTED = new Set(['app.import']);
/** The window's group that goes into the menu View. */
const VIEW_GROUP = 'Window';

/** The menus: what the host does itself, and around it every command of the window in front, each with its key. */
export function menuTemplate(
  recent: readonly string[],
  { commands }: Pick<WindowMenu, 'commands'>,
  actions: MenuActions,
  platform: NodeJS.Platform,
): MenuItemConstructorOptions[] {
  const recentItems = recent.map((path): MenuItemConstructorOptions => ({ label: basename(path), toolTip: path, click: () => actions.openRecent(path) }));
  const items = (group: string): MenuItemConstructorOptions[] =>
    commands
      .filter((command) => command.group === group && !HOSTED.has(command.id))
      .map(({ id, title, chord, enabled }) => {
        const accelerator = acceleratorOf(chord, platform);
        // The page has the keys already; here they are only shown.
        const key = accelerator === undefined ? {} : { accelerator, registerAccelerator: false };
        return { label: title.replaceAll('&', '&&'), enabled, click: () => actions.runCommand(id), ...key };
      });
  const groups = [...new Set(commands.map(({ group }) => group))].filter((group) => group !== VIEW_GROUP && items(group).length > 0);
  return [
    {
      label: '&File',
      submenu: [
        { label: '&New window', accelerator: 'CmdOrCtrl+Shift+N', click: () => actions.newWindow() },
        { label: '&Import…', accelerator: 'CmdOrCtrl+O', click: () => actions.importFiles() },
        { label: 'Import &recent', enabled: recent.length > 0, submenu: recentItems },
        { type: 'separator' },
        { role: 'close' },
        { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    ...groups.map((group): MenuItemConstructorOptions => ({ label: group, submenu: items(group) })),
    {
      label: '&View',
      submenu: [
        ...items(VIEW_GROUP),
        { type: 'separator' },
        { role: 'reload' },
        { role: 'toggleDevTools' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { label: '&Help', submenu: [{ role: 'about' }] },
  ];
}
