import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import vm from 'node:vm';
import { type PagePort, transferToPage } from './message-ports.ts';
import { strict } from './strict.ts';

/** What a page gets through `window.postMessage`. */
export interface PageMessage {
  readonly data: unknown;
  readonly ports: readonly PagePort[];
}

/** A page of the double: the preload that ran before it, and what reached it. */
export interface Page {
  readonly origin: string;
  /** The page listens; messages that came before it did are lost, as in a real one. */
  onMessage(listener: (message: PageMessage) => void): void;
  /** The page's own `window.postMessage`: reaches the preload, and the page. */
  post(data: unknown): void;
  /** From the main process to the preload. Errors: nobody listens on the channel; the message is no plain data; the transfer list holds no ports. */
  receive(channel: string, message: unknown, transfer?: readonly unknown[]): void;
}

type IpcListener = (event: { readonly ports: readonly PagePort[] }, message: unknown) => void;

type WindowListener = (event: { readonly source: object; readonly data: unknown }) => void;

/** Loads a page at `url`, whose preload reaches the main process by `toHost`: runs the built preload as a sandboxed window would, which means CommonJS, and only `electron` to require. */
export function loadPage(url: string, preload_path: string, toHost: (channel: string, message: unknown) => void): Page {
  const channels = new Map<string, IpcListener>();
  const listeners: ((message: PageMessage) => void)[] = [];
  // The URL class gives schemes that it does not know no origin.
  const { protocol, host } = new URL(url);
  const origin = `${protocol}//${host}`;

  const ipcRenderer = strict('ipcRenderer', {
    on(channel: string, listener: IpcListener) {
      channels.set(channel, listener);
    },
    send: (channel: string, message: unknown) => toHost(channel, structuredClone(message)),
  });
  const preload_listeners: WindowListener[] = [];
  /** A message that the window sends to itself: the preload gets it as the page does. */
  const deliver = (given: unknown, ports: readonly PagePort[]): void => {
    const data: unknown = structuredClone(given);
    setImmediate(() => {
      for (const listener of preload_listeners) listener({ source: window, data });
      for (const listener of listeners) listener({ data, ports });
    });
  };
  const window: object = strict('window (in a preload)', {
    location: { origin },
    addEventListener(type: string, listener: WindowListener) {
      if (type !== 'message') throw new Error(`The double's window sends no ${type}.`);
      preload_listeners.push(listener);
    },
    postMessage(data: unknown, target_origin: string, ports: readonly PagePort[] = []) {
      if (target_origin !== origin) throw new Error(`A message for ${target_origin} does not reach a page of ${origin}.`);
      deliver(data, ports);
    },
  });
  const requireInSandbox = (name: string): object => {
    if (name !== 'electron') throw new Error(`module not found: ${name} (a sandboxed preload can require only electron)`);
    return strict('electron (in a preload)', { ipcRenderer });
  };

  if (!isAbsolute(preload_path)) throw new Error('preload script must have absolute path');
  // An ES module fails here with a syntax error; in a real sandboxed window it silently does not run.
  const preload = vm.runInNewContext(
    `(function (require, window, exports, module) {${readFileSync(preload_path, 'utf8')}\n})`,
    { File },
    { filename: preload_path },
  );
  preload(requireInSandbox, window, {}, {});

  return {
    origin,
    onMessage: (listener) => void listeners.push(listener),
    post: (data) => deliver(data, []),
    receive(channel, message, transfer = []) {
      const listener = channels.get(channel);
      if (listener === undefined) throw new Error(`Nobody in the preload listens on '${channel}'; the window listens on ${[...channels.keys()].join(', ')}.`);
      const data = structuredClone(message);
      const ports = transfer.map(transferToPage);
      setImmediate(() => listener({ ports }, data));
    },
  };
}
