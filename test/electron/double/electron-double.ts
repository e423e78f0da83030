import { registerHooks } from 'node:module';
import { isAbsolute } from 'node:path';
import type * as Electron from 'electron';
import { createWindow, type WindowDouble } from './browser-window.ts';
import { createChannel } from './message-ports.ts';
import type { Page } from './page.ts';
import { events, preventable, strict } from './strict.ts';
import { forkUtility, type StartedProcess } from './utility-process.ts';

/** What the user sees and answers outside of the page. */
export interface Desk {
  /** Error boxes that were shown: title, text. */
  readonly error_boxes: { readonly title: string; readonly text: string }[];
  readonly message_boxes: Electron.MessageBoxSyncOptions[];
  /** Button that the user presses in the next message boxes. */
  message_box_answer: number;
  /** Files that the user chooses in the next open dialogs. */
  chosen_files: readonly string[];
  menu: readonly Electron.MenuItemConstructorOptions[];
}

/** The double of the `electron` module and the handles by which a test acts as the system and the user. */
export interface ElectronDouble {
  readonly module: Readonly<Record<string, unknown>>;
  readonly desk: Desk;
  readonly windows: readonly WindowDouble[];
  readonly processes: readonly StartedProcess[];
  /** The app becomes ready, as some time after its main module ran. */
  becomeReady(): void;
  /** The app was started again, with this handed over. */
  secondInstance(handover: object): void;
  openFile(path: string): void;
  /** True if a request to this URL may leave the page. */
  mayLoad(url: string): boolean;
  hasPermission(permission: string): boolean;
  fetch(url: string): Promise<Response>;
  quit(): void;
  readonly hasQuit: Promise<number>;
  /** The theme that the app asked the system's parts to show. */
  themeSource(): Electron.NativeTheme['themeSource'];
}

const APP_EVENTS = ['second-instance', 'open-file', 'activate', 'window-all-closed', 'before-quit', 'will-quit'] as const;
/** Roles of Electron's menus that the lab uses; a misspelt one fails at run time in the real one. */
const ROLES = ['quit', 'close', 'editMenu', 'windowMenu', 'reload', 'toggleDevTools', 'resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen', 'about'];

/** What Electron takes for a key; on anything else the real menu throws. */
const ACCELERATOR =
  /^(?:(?:CmdOrCtrl|Ctrl|Alt|Shift)\+)*(?:[0-9A-Z!-/:-@[-`{-~]|F(?:[1-9]|1\d|2[0-4])|Plus|Space|Tab|Backspace|Delete|Insert|Enter|Up|Down|Left|Right|Home|End|PageUp|PageDown|Esc)$/;

/** Errors: an item that the real menu would refuse or that does nothing. */
function checkMenu(items: readonly Electron.MenuItemConstructorOptions[]): void {
  for (const item of items) {
    if (item.role !== undefined && !ROLES.includes(item.role)) throw new Error(`The double of Electron knows no menu role ${item.role}.`);
    if (item.role === undefined && item.label === undefined && item.type !== 'separator')
      throw new Error('A menu item needs a label, a role or to be a separator.');
    if (item.accelerator !== undefined && item.accelerator !== null && !ACCELERATOR.test(item.accelerator))
      throw new Error(`${item.accelerator} is no accelerator.`);
    if (Array.isArray(item.submenu)) checkMenu(item.submenu);
    else if (item.role === undefined && item.type !== 'separator' && item.click === undefined) throw new Error(`Menu item ${item.label} does nothing.`);
  }
}

/** A callable that acts as a class: `new X(…)` gives what `create` makes. */
function constructible<Made extends object>(create: (...args: never[]) => Made): new (...args: readonly unknown[]) => Made {
  // An arrow function cannot be constructed, hence the function.
  return new Proxy(function made() {} as unknown as new () => Made, { construct: (_target, args) => Reflect.apply(create, undefined, args) });
}

/** A fresh double: an app that is not ready, with `user_data_dir` for its own files. `runPage` stands for the scripts of each page that it loads. */
export function createElectronDouble(user_data_dir: string, runPage: (page: Page) => void): ElectronDouble {
  let ready = false;
  let quitting = false;
  let scheme: Electron.CustomScheme | undefined;
  let handler: ((request: Request) => Response | Promise<Response>) | undefined;
  let beforeRequest: ((details: Electron.OnBeforeRequestListenerDetails, callback: (response: Electron.CallbackResponse) => void) => void) | null | undefined;
  let permissionCheck: Parameters<Electron.Session['setPermissionCheckHandler']>[0] | undefined;
  let permissionRequest: Parameters<Electron.Session['setPermissionRequestHandler']>[0] | undefined;
  const windows: WindowDouble[] = [];
  const processes: StartedProcess[] = [];
  const desk: Desk = { error_boxes: [], message_boxes: [], message_box_answer: 0, chosen_files: [], menu: [] };
  const app_events = events('app', APP_EVENTS);
  const host_listeners = new Map<string, (event: Electron.IpcMainEvent, message: unknown) => void>();
  const became_ready = Promise.withResolvers<void>();
  const has_quit = Promise.withResolvers<number>();

  const onlyAfterReady = (what: string): void => {
    if (!ready) throw new Error(`${what} cannot be used before app is ready`);
  };
  const onlyBeforeReady = (what: string): void => {
    if (ready) throw new Error(`${what} should be called before app is ready`);
  };
  const openWindows = (): WindowDouble[] => windows.filter(({ window }) => !window.isDestroyed());

  const quit = (): void => {
    app_events.emit('before-quit', preventable({}));
    quitting = true;
    for (const window of openWindows()) window.close();
    app_events.emit('will-quit', preventable({}));
    has_quit.resolve(0);
  };

  const app: Electron.App = strict<Electron.App>('app', {
    whenReady: () => became_ready.promise,
    isReady: () => ready,
    on(event: string, listener: (...args: never[]) => void) {
      app_events.on(event, listener);
      return app;
    },
    isPackaged: false,
    requestSingleInstanceLock(handover) {
      onlyBeforeReady('app.requestSingleInstanceLock');
      structuredClone(handover);
      return true;
    },
    commandLine: strict<Electron.CommandLine>('app.commandLine', { appendSwitch: () => onlyBeforeReady('app.commandLine.appendSwitch') }),
    getPath(name) {
      if (name !== 'userData') throw new Error(`The double of Electron knows no path ${name}.`);
      return user_data_dir;
    },
    quit,
    exit: (code = 0) => has_quit.resolve(code),
  });

  const protocol = strict<Electron.Protocol>('protocol', {
    registerSchemesAsPrivileged(schemes) {
      onlyBeforeReady('protocol.registerSchemesAsPrivileged');
      const [only] = schemes;
      if (schemes.length !== 1 || scheme !== undefined || only === undefined) throw new Error('The lab has one scheme, registered once.');
      if (only.privileges?.standard !== true || only.privileges.secure !== true) throw new Error('The scheme must be standard and secure.');
      if (only.privileges.bypassCSP === true || only.privileges.allowServiceWorkers === true)
        throw new Error('The scheme has a privilege that it does not need.');
      scheme = only;
    },
    handle(name, given) {
      onlyAfterReady('protocol.handle');
      if (name !== scheme?.scheme) throw new Error(`${name}: was not registered as privileged before ready`);
      handler = given;
    },
  });

  const default_session = strict<Electron.Session>('session', {
    webRequest: strict<Electron.WebRequest>('session.webRequest', {
      onBeforeRequest(...args: unknown[]) {
        if (args.length !== 1 || typeof args[0] !== 'function') throw new Error('A filter would let other requests pass.');
        beforeRequest = args[0] as typeof beforeRequest;
      },
    }),
    setPermissionCheckHandler(given) {
      permissionCheck = given;
    },
    setPermissionRequestHandler(given) {
      permissionRequest = given;
    },
    setDevicePermissionHandler: () => undefined,
  });
  const session = strict<typeof Electron.session>('session module', {});
  Object.defineProperty(session, 'defaultSession', {
    get: () => {
      onlyAfterReady('session.defaultSession');
      return default_session;
    },
  });

  const fetchPage = async (url: string): Promise<Response> => {
    if (handler === undefined || !url.startsWith(`${scheme?.scheme}:`)) throw new Error(`ERR_UNKNOWN_URL_SCHEME ${url}`);
    return handler(new Request(url));
  };

  const nativeTheme: Pick<Electron.NativeTheme, 'themeSource'> = Object.seal({ themeSource: 'system' });

  const ipcMain: Electron.IpcMain = strict<Electron.IpcMain>('ipcMain', {
    on(channel, listener) {
      host_listeners.set(channel, listener);
      return ipcMain;
    },
  });

  const module = {
    app,
    protocol,
    session,
    BrowserWindow: constructible((options: Electron.BrowserWindowConstructorOptions) => {
      onlyAfterReady('BrowserWindow');
      if (permissionCheck === undefined || permissionRequest === undefined || beforeRequest === undefined)
        throw new Error('A window opens before its session is guarded.');
      const made = createWindow(options, {
        async fetchDocument(url) {
          const response = await fetchPage(url);
          if (!response.ok || response.headers.get('content-type')?.startsWith('text/html') !== true) throw new Error(`ERR_FAILED ${url}: ${response.status}`);
          return response.text();
        },
        runPage,
        toHost(sender, channel, message) {
          const listener = host_listeners.get(channel);
          if (listener === undefined) throw new Error(`Nobody in the main process listens on '${channel}'.`);
          setImmediate(() => listener({ sender } as Electron.IpcMainEvent, message));
        },
        onClosed: () => {
          if (!quitting && openWindows().length === 0) app_events.emit('window-all-closed');
        },
      });
      windows.push(made);
      return made.window;
    }),
    MessageChannelMain: constructible(createChannel),
    ipcMain,
    nativeTheme,
    Menu: strict<typeof Electron.Menu>('Menu', {
      buildFromTemplate(template) {
        checkMenu(template as Electron.MenuItemConstructorOptions[]);
        desk.menu = template as Electron.MenuItemConstructorOptions[];
        return strict<Electron.Menu>('menu', {});
      },
      setApplicationMenu: () => undefined,
    }),
    dialog: strict<Electron.Dialog>('dialog', {
      showErrorBox: (title, text) => void desk.error_boxes.push({ title, text }),
      showMessageBoxSync(...args: unknown[]) {
        desk.message_boxes.push(args.at(-1) as Electron.MessageBoxSyncOptions);
        return desk.message_box_answer;
      },
      showOpenDialog: async () => ({ canceled: desk.chosen_files.length === 0, filePaths: [...desk.chosen_files] }),
    }),
    utilityProcess: strict<typeof Electron.utilityProcess>('utilityProcess', {
      fork(path, args) {
        onlyAfterReady('utilityProcess.fork');
        return forkUtility(path, args, processes);
      },
    }),
  };

  return {
    module,
    desk,
    windows,
    processes,
    becomeReady() {
      ready = true;
      became_ready.resolve();
    },
    secondInstance: (handover) => app_events.emit('second-instance', preventable({}), [], '/', structuredClone(handover)),
    openFile(path) {
      if (!isAbsolute(path)) throw new Error('open-file gives an absolute path');
      app_events.emit('open-file', preventable({}), path);
    },
    mayLoad(url) {
      let cancelled = false;
      beforeRequest?.({ url } as Electron.OnBeforeRequestListenerDetails, ({ cancel }) => {
        cancelled = cancel === true;
      });
      return !cancelled;
    },
    hasPermission: (permission) =>
      permissionCheck?.(null, permission as 'media', '', { isMainFrame: true } as Electron.PermissionCheckHandlerHandlerDetails) ?? true,
    fetch: fetchPage,
    quit,
    hasQuit: has_quit.promise,
    themeSource: () => nativeTheme.themeSource,
  };
}

/** From now on, `import … from 'electron'` in modules that Node itself loads gives the double. */
export function installElectronDouble(double: ElectronDouble): void {
  const url = 'electron-double:electron';
  const key = 'memledger.electron-double';
  Reflect.set(globalThis, Symbol.for(key), double.module);
  const names = Object.keys(double.module);
  const source = `const double = globalThis[Symbol.for('${key}')];\n${names.map((name) => `export const ${name} = double.${name};`).join('\n')}`;
  registerHooks({
    resolve: (specifier, context, next) => (specifier === 'electron' ? { url, format: 'module', shortCircuit: true } : next(specifier, context)),
    load: (loaded, context, next) => (loaded === url ? { format: 'module', source, shortCircuit: true } : next(loaded, context)),
  });
}
