import type { MessageChannelMain, MessagePortMain } from 'electron';
import { events, strict } from './strict.ts';

/** One end of a channel: what the real ends have in common, whichever process holds them. */
interface End {
  other: End | undefined;
  /** Set once its holder listens; until then messages wait. */
  deliver: ((data: unknown) => void) | undefined;
  readonly waiting: unknown[];
  closed: (() => void) | undefined;
  isClosed: boolean;
}

const ends = new WeakMap<MessagePortMain, End>();

/** The window's end of a port, as far as a page uses it. */
export interface PagePort {
  /** Setting it starts the port. */
  onmessage: (event: { readonly data: unknown }) => void;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  addEventListener(type: 'close', listener: () => void): void;
  close(): void;
}

const createEnd = (): End => ({ other: undefined, deliver: undefined, waiting: [], closed: undefined, isClosed: false });

/** What crosses is a structured clone: functions, and class instances' methods, do not. */
function post(end: End, message: unknown): void {
  const data = structuredClone(message);
  setImmediate(() => {
    const to = end.other;
    if (to === undefined || to.isClosed) return;
    if (to.deliver === undefined) to.waiting.push(data);
    else to.deliver(data);
  });
}

function listen(end: End, deliver: (data: unknown) => void): void {
  end.deliver = deliver;
  for (const data of end.waiting.splice(0)) deliver(data);
}

function close(end: End): void {
  if (end.isClosed) return;
  end.isClosed = true;
  const { other } = end;
  setImmediate(() => {
    end.closed?.();
    if (other !== undefined) close(other);
  });
}

function mainPort(end: End): MessagePortMain {
  const { on, once, emit } = events('MessagePortMain', ['message', 'close']);
  end.closed = () => emit('close');
  const held = (): End => {
    if (!ends.has(port)) throw new Error('This port was transferred: its end is elsewhere now.');
    return end;
  };
  const port: MessagePortMain = strict<MessagePortMain>('MessagePortMain', {
    on(event: string, listener: (...args: never[]) => void) {
      held();
      on(event, listener);
      return port;
    },
    once(event: string, listener: (...args: never[]) => void) {
      held();
      once(event, listener);
      return port;
    },
    postMessage(message: unknown, transfer?: readonly MessagePortMain[]) {
      if (transfer !== undefined && transfer.length > 0) throw new TypeError('Over these ports the lab transfers nothing.');
      post(held(), message);
    },
    start: () => listen(held(), (data) => emit('message', { data, ports: [] })),
    close: () => close(held()),
  });
  ends.set(port, end);
  return port;
}

/** The double of `new MessageChannelMain()`. */
export function createChannel(): MessageChannelMain {
  const [a, b] = [createEnd(), createEnd()];
  a.other = b;
  b.other = a;
  return { port1: mainPort(a), port2: mainPort(b) };
}

/** Takes a port from its holder in the main process and gives it to a page. Errors: it is no port, or was transferred before. */
export function transferToPage(port: unknown): PagePort {
  const end = typeof port === 'object' && port !== null ? ends.get(port as MessagePortMain) : undefined;
  if (end === undefined) throw new TypeError('Port at index 0 is not a valid port: only ports that were not transferred before go into a transfer list.');
  ends.delete(port as MessagePortMain);
  end.deliver = undefined;
  return {
    set onmessage(listener: (event: { readonly data: unknown }) => void) {
      listen(end, (data) => listener({ data }));
    },
    postMessage(message, transfer) {
      if (transfer !== undefined && transfer.length > 0)
        throw new TypeError('A transferred ArrayBuffer loses its whole message on the way to the main process.');
      post(end, message);
    },
    addEventListener(_type, listener) {
      end.closed = listener;
    },
    close: () => close(end),
  };
}
