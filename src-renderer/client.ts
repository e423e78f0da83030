import { type Ref, readonly, ref } from 'vue';
import type { LabClient, LabMessage, LabNotice, LabRequest } from '../src-main/lab/contract.ts';
import { type ClientPort, createLabClient, socketPort } from '../src-main/lab/rpc.ts';
import type { ConnectionStatus } from './lab.ts';

const status = ref<ConnectionStatus>('connecting');
/** State of the connection to the lab, for the banner. */
export const connectionStatus: Readonly<Ref<ConnectionStatus>> = readonly(status);

/** What the preload calls the message that brings the port. */
const PORT_MESSAGE = 'memledger:port';
const RETRY_DELAY_MS_MIN = 250;
const RETRY_DELAY_MS_MAX = 4000;

/**
 * A client that outlives its connections: subscriptions hold over all of them; calls made before the first one wait for it,
 * calls made while it is lost answer with an error at once.
 */
export function createLastingClient(onStatus: (now: ConnectionStatus) => void): { readonly client: LabClient; attach(port: ClientPort): void } {
  const listeners = new Set<(notice: LabNotice) => void>();
  let present: LabClient | undefined;
  let firstAttached: (client: LabClient) => void = () => {};
  const first = new Promise<LabClient>((resolve) => {
    firstAttached = resolve;
  });

  return {
    client: {
      call: async (method, params) => (present ?? (await first)).call(method, params),
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    attach(port) {
      const client = createLabClient(port);
      client.subscribe((notice) => {
        for (const listener of listeners) listener(notice);
      });
      port.onClose(() => {
        if (present === client) onStatus('lost');
      });
      present = client;
      firstAttached(client);
      onStatus('open');
    },
  };
}

/** The desktop window: the host hands over a port, and a new one when the lab was started again. */
function attachPorts(attach: (port: ClientPort) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const [port] = event.ports;
    if (event.source !== window || event.data !== PORT_MESSAGE || port === undefined) return;
    attach({
      send: (message: LabRequest) => port.postMessage(message),
      onMessage(listener) {
        port.onmessage = (message: MessageEvent<LabMessage>) => listener(message.data);
      },
      onClose: (listener) => port.addEventListener('close', listener),
    });
  });
}

/** A browser: a socket to where the page came from, opened anew whenever it closes. */
function attachSockets(attach: (port: ClientPort) => void, onStatus: (now: ConnectionStatus) => void): void {
  let delay_ms = RETRY_DELAY_MS_MIN;
  const open = (): void => {
    const socket = new WebSocket(`ws://${window.location.host}/lab`);
    const port = socketPort<LabRequest, LabMessage>(socket);
    socket.addEventListener('open', () => {
      delay_ms = RETRY_DELAY_MS_MIN;
      attach(port);
    });
    socket.addEventListener('close', () => {
      onStatus('lost');
      window.setTimeout(open, delay_ms);
      delay_ms = Math.min(RETRY_DELAY_MS_MAX, delay_ms * 2);
    });
  };
  open();
}

/** Connects this window to its lab, by whichever way it was opened. */
export function connectLab(): LabClient {
  const onStatus = (now: ConnectionStatus): void => {
    status.value = now;
  };
  const { client, attach } = createLastingClient(onStatus);
  if (window.location.protocol === 'app:') attachPorts(attach);
  else attachSockets(attach, onStatus);
  return client;
}
