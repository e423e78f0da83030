import type { BrowserWindow, BrowserWindowConstructorOptions, WebContents, WindowOpenHandlerResponse } from 'electron';
import { loadPage, type Page } from './page.ts';
import { type Events, events, preventable, strict } from './strict.ts';

const CONTENTS_EVENTS = ['dom-ready', 'will-attach-webview', 'will-navigate', 'render-process-gone'] as const;
const WINDOW_EVENTS = ['ready-to-show', 'focus', 'close', 'closed'] as const;

/** A window of the double, with the handles by which a test acts as its user. */
export interface WindowDouble {
  readonly window: BrowserWindow;
  /** The page that is loaded now. */
  page(): Page;
  isShown(): boolean;
  focusCount(): number;
  /** The user brings it to the front. */
  focus(): void;
  /** A click on a link: true if the page went there. */
  navigate(url: string): boolean;
  /** `window.open`. */
  open(url: string): WindowOpenHandlerResponse['action'];
  crash(reason: string): void;
  close(): void;
}

/** What a window needs of the rest of the double. */
export interface WindowSurroundings {
  /** The document at a URL. Errors: the scheme has no handler, or refuses. */
  fetchDocument(url: string): Promise<string>;
  /** The page's own scripts. */
  runPage(page: Page): void;
  /** A message of the page's preload to the main process. */
  toHost(sender: WebContents, channel: string, message: unknown): void;
  onClosed(): void;
}

/** Errors: a page could reach Node, or the main world the preload's. */
function checkOptions({ webPreferences = {} }: BrowserWindowConstructorOptions): string {
  const { contextIsolation, sandbox, nodeIntegration, webSecurity = true, preload } = webPreferences;
  if (contextIsolation !== true) throw new Error('BrowserWindow without contextIsolation');
  if (sandbox !== true) throw new Error('BrowserWindow without sandbox');
  if (nodeIntegration !== false) throw new Error('BrowserWindow with nodeIntegration, or silent about it');
  if (!webSecurity) throw new Error('BrowserWindow without webSecurity');
  for (const option of [
    'nodeIntegrationInWorker',
    'nodeIntegrationInSubFrames',
    'webviewTag',
    'allowRunningInsecureContent',
    'experimentalFeatures',
  ] as const) {
    if (webPreferences[option] === true) throw new Error(`BrowserWindow with ${option}`);
  }
  if (preload === undefined) throw new Error('BrowserWindow without a preload');
  return preload;
}

/** The double of `new BrowserWindow(options)`. */
export function createWindow(options: BrowserWindowConstructorOptions, surroundings: WindowSurroundings): WindowDouble {
  const preload_path = checkOptions(options);
  if (options.windowStatePersistence !== undefined && options.name === undefined) throw new Error('windowStatePersistence has no effect without a name');
  const contents_events: Events<(typeof CONTENTS_EVENTS)[number]> = events('webContents', CONTENTS_EVENTS);
  const window_events: Events<(typeof WINDOW_EVENTS)[number]> = events('BrowserWindow', WINDOW_EVENTS);
  let page: Page | undefined;
  let shown = options.show !== false;
  let focus_count = 0;
  let destroyed = false;
  let url = '';
  let openHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | undefined;

  const load = async (): Promise<void> => {
    const html = await surroundings.fetchDocument(url.split('#')[0] ?? '');
    if (!/http-equiv="Content-Security-Policy"[^>]*default-src 'none'/.test(html)) throw new Error(`${url} has no strict Content-Security-Policy`);
    page = loadPage(url, preload_path, (channel, message) => surroundings.toHost(contents, channel, message));
    surroundings.runPage(page);
    contents_events.emit('dom-ready');
    window_events.emit('ready-to-show');
  };
  const destroy = (): void => {
    if (destroyed) return;
    window_events.emit('close', preventable({}));
    destroyed = true;
    window_events.emit('closed');
    surroundings.onClosed();
  };
  const loaded = (): Page => {
    if (page === undefined) throw new Error('The window has loaded no page yet.');
    return page;
  };

  const contents: WebContents = strict<WebContents>('webContents', {
    on(event: string, listener: (...args: never[]) => void) {
      contents_events.on(event, listener);
      return contents;
    },
    setWindowOpenHandler(handler) {
      openHandler = handler;
    },
    postMessage: (channel, message, transfer) => loaded().receive(channel, message, transfer),
    send: (channel, ...args: unknown[]) => loaded().receive(channel, args[0]),
    reload: () => void load(),
    getURL: () => url,
  });
  const window: BrowserWindow = strict<BrowserWindow>('BrowserWindow', {
    webContents: contents,
    on(event: string, listener: (...args: never[]) => void) {
      window_events.on(event, listener);
      return window;
    },
    once(event: string, listener: (...args: never[]) => void) {
      window_events.once(event, listener);
      return window;
    },
    async loadURL(to) {
      url = to;
      await load();
    },
    show() {
      shown = true;
      window_events.emit('focus');
    },
    focus() {
      focus_count += 1;
      window_events.emit('focus');
    },
    isMinimized: () => false,
    isDestroyed: () => destroyed,
    destroy,
  });
  return {
    window,
    page: loaded,
    isShown: () => shown,
    focusCount: () => focus_count,
    focus: () => window_events.emit('focus'),
    navigate(to) {
      const event = preventable({ url: to });
      contents_events.emit('will-navigate', event);
      if (!event.defaultPrevented) url = to;
      return !event.defaultPrevented;
    },
    open(to) {
      if (openHandler === undefined) return 'allow';
      return openHandler({ url: to, frameName: '', features: '', disposition: 'new-window', referrer: { url: '', policy: 'default' } }).action;
    },
    crash: (reason) => contents_events.emit('render-process-gone', preventable({}), { reason, exitCode: 1 }),
    close: destroy,
  };
}
