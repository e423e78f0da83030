import { describe, expect, test } from 'vitest';
import type { LabMessage, LabRequest } from '../src-main/lab/contract.ts';
import type { ClientPort } from '../src-main/lab/rpc.ts';
import { createLastingClient } from './client.ts';

/** A port whose other end answers every request with its method's name. */
function echoPort(): { readonly port: ClientPort; tell(message: LabMessage): void; close(): void } {
  let onMessage: (message: LabMessage) => void = () => {};
  const onClose: (() => void)[] = [];
  return {
    port: {
      send: (request: LabRequest) => queueMicrotask(() => onMessage({ reply: { id: request.id, ok: true, value: request.method } })),
      onMessage: (listener) => {
        onMessage = listener;
      },
      onClose: (listener) => onClose.push(listener),
    },
    tell: (message) => onMessage(message),
    close: () => {
      for (const listener of onClose) listener();
    },
  };
}

describe('lasting client', () => {
  test('calls made before the first connection wait for it', async () => {
    const { client, attach } = createLastingClient(() => {});
    const answer = client.call('models', {});
    attach(echoPort().port);
    expect(await answer).toEqual({ ok: true, value: 'models' });
  });

  test('a lost connection answers with an error; the next one serves the same subscriptions', async () => {
    const statuses: string[] = [];
    const notices: string[] = [];
    const { client, attach } = createLastingClient((status) => statuses.push(status));
    client.subscribe((notice) => notices.push(notice.kind));
    const first = echoPort();
    attach(first.port);
    first.tell({ notice: { kind: 'library-changed' } });
    first.close();
    expect(await client.call('models', {})).toMatchObject({ ok: false, errors: [{ code: 'disconnected' }] });
    const second = echoPort();
    attach(second.port);
    second.tell({ notice: { kind: 'library-changed' } });
    expect(await client.call('library', {})).toMatchObject({ ok: true });
    expect(statuses).toEqual(['open', 'lost', 'open']);
    expect(notices).toEqual(['library-changed', 'library-changed']);
  });

  test('an old connection that closes late does not matter', () => {
    const statuses: string[] = [];
    const { attach } = createLastingClient((status) => statuses.push(status));
    const first = echoPort();
    attach(first.port);
    attach(echoPort().port);
    first.close();
    expect(statuses).toEqual(['open', 'open']);
  });
});
