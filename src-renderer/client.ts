import { type Ref, readonly, ref } from 'vue';
import type { LabError } from '../src-engine/base/result.ts';
import type { LabClient, LabMessage, LabNotice, LabReply, LabRequest } from '../src-main/lab/contract.ts';
import type { ConnectionStatus } from './lab.ts';

const status = ref<ConnectionStatus>('connecting');
/** State of the connection to the lab, for the banner. */
export const connectionStatus: Readonly<Ref<ConnectionStatus>> = readonly(status);

const LOST: LabError = {
  code: 'disconnected',
  message: 'The lab does not answer: the connection to it is lost.',
  remedy: 'It is tried again by itself; nothing recorded is lost.',
};

/** One connection, until it closes. */
interface Link {
  send(request: LabRequest): void;
}

/** Pairs requests with replies over links that may come and go. */
function createSwitchboard(): { readonly client: LabClient; receive(message: LabMessage): void; opened(link: Link): void; closed(): void } {
  const waiting = new Map<number, (reply: LabReply) => void>();
  const listeners = new Set<(notice: LabNotice) => void>();
  let link: Link | undefined;
  let next_id = 1;

  const call = (method: string, params: unknown): Promise<unknown> => {
    const request: LabRequest = { id: next_id++, method, params };
    if (link === undefined) return Promise.resolve({ ok: false, errors: [LOST] });
    const answer = new Promise((resolve) => waiting.set(request.id, resolve));
    link.send(request);
    return answer;
  };

  return {
    client: {
      // The contract types each answer by its method; the lab's boundary checks what it is asked.
      call: call as LabClient['call'],
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    receive(message) {
      if ('notice' in message) {
        for (const listener of listeners) listener(message.notice);
        return;
      }
      waiting.get(message.reply.id)?.(message.reply);
      waiting.delete(message.reply.id);
    },
    opened(opened) {
      link = opened;
      status.value = 'open';
    },
    closed() {
      link = undefined;
      status.value = 'lost';
      for (const [id, answer] of waiting) answer({ id, ok: false, errors: [LOST] });
      waiting.clear();
    },
  };
}

/** Connects to the lab of this window. */
export async function connectLab(): Promise<LabClient> {
  const { client, receive, opened } = createSwitchboard();
  const { answerFake } = await import('./dev/fake-lab.ts');
  opened({ send: (request) => void answerFake(request, receive) });
  return client;
}
