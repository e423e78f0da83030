import type { LabError } from '../../src-engine/base/result.ts';
import type { LabClient, LabMessage, LabNotice, LabReply, LabRequest } from './contract.ts';
import { decodeFrame, encodeFrame } from './wire.ts';

/** One end of whatever carries messages between a window and the lab. */
export interface Port<Out, In> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  onClose(listener: () => void): void;
}
export type LabPort = Port<LabMessage, LabRequest>;
export type ClientPort = Port<LabRequest, LabMessage>;

/** What a host needs of the lab to serve it. */
export interface LabService {
  /** Checks the request and carries it out. Never rejects. */
  handle(request: LabRequest): Promise<LabReply>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (notice: LabNotice) => void): () => void;
}

/** Answers the requests of one window and passes it the lab's notices, until the port closes. */
export function serveLab(lab: LabService, port: LabPort): void {
  let open = true;
  const send = (message: LabMessage): void => {
    if (open) port.send(message);
  };
  const unsubscribe = lab.subscribe((notice) => send({ notice }));
  port.onMessage((request) => void lab.handle(request).then((reply) => send({ reply })));
  port.onClose(() => {
    open = false;
    unsubscribe();
  });
}

const LOST: LabError = { code: 'disconnected', message: 'The connection to the lab is lost.', remedy: 'reload the window; nothing recorded is lost' };

/** The lab as a window sees it through a port. Calls that are open when the port closes, and all later ones, answer with an error. */
export function createLabClient(port: ClientPort): LabClient {
  const waiting = new Map<number, (reply: LabReply) => void>();
  const listeners = new Set<(notice: LabNotice) => void>();
  let next_id = 1;
  let open = true;

  port.onMessage((message) => {
    if ('notice' in message) {
      for (const listener of listeners) listener(message.notice);
      return;
    }
    waiting.get(message.reply.id)?.(message.reply);
    waiting.delete(message.reply.id);
  });
  port.onClose(() => {
    open = false;
    for (const [id, answer] of waiting) answer({ id, ok: false, errors: [LOST] });
    waiting.clear();
  });

  const call = async (method: string, params: unknown): Promise<unknown> => {
    if (!open) return { ok: false, errors: [LOST] };
    const id = next_id++;
    const reply = await new Promise<LabReply>((resolve) => {
      waiting.set(id, resolve);
      port.send({ id, method, params });
    });
    return reply.ok ? { ok: true, value: reply.value } : { ok: false, errors: reply.errors };
  };

  return {
    // The contract types each answer by its method; the lab's boundary checks what it is asked.
    call: call as LabClient['call'],
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What the browser's WebSocket and that of `ws` have in common. */
export interface SocketLike {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
}

const UNSUPPORTED_DATA = 1003;

/** A port over a socket: one binary frame a message (wire.ts). A frame that is none closes the socket. */
export function socketPort<Out, In>(socket: SocketLike): Port<Out, In> {
  socket.binaryType = 'arraybuffer';
  return {
    send: (message) => socket.send(encodeFrame(message)),
    onMessage: (listener) =>
      socket.addEventListener('message', ({ data }) => {
        let message: unknown;
        try {
          if (!(data instanceof ArrayBuffer)) throw new TypeError('not a binary frame');
          message = decodeFrame(new Uint8Array(data));
        } catch {
          socket.close(UNSUPPORTED_DATA);
          return;
        }
        listener(message as In);
      }),
    onClose: (listener) => socket.addEventListener('close', listener),
  };
}
