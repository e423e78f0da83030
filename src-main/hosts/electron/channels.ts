/** What the desktop host, its preload and the window call their messages. */
export const CHANNEL = {
  /** To the window, with one port: the lab. */
  port: 'memledger:port',
  /** To the window: files that the user opened from outside of it, to be imported as if dropped there. */
  files: 'memledger:files',
  /** To the host: what the window can do now, for the menus, and its theme (window-menu.ts). */
  menu: 'memledger:menu',
  /** To the window: the id of a command that was chosen in a menu. */
  command: 'memledger:command',
} as const;

/** A file on its way to the window. */
export interface OpenedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
