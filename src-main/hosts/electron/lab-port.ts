import type { MessagePortMain } from 'electron';
import type { LabRequest } from '../../lab/contract.ts';
import type { LabPort } from '../../lab/rpc.ts';

/** The lab's end of a message port. Nothing is ever transferred: over these ports a transferred buffer loses its message, so arrays are copied. */
export function labPortOf(port: MessagePortMain): LabPort {
  return {
    send: (message) => port.postMessage(message),
    onMessage(listener) {
      // What came is checked by the lab, whatever it is.
      port.on('message', ({ data }) => listener(data as LabRequest));
      port.start();
    },
    onClose: (listener) => port.once('close', listener),
  };
}
