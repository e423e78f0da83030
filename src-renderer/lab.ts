import { type App, type InjectionKey, inject, type Ref } from 'vue';
import type { Answer, LabClient, Method, Params } from '../src-main/lab/contract.ts';
import { useNotices } from './notices.ts';

export type ConnectionStatus = 'connecting' | 'open' | 'lost';

/** The lab as views hold it. */
export interface Lab extends LabClient {
  readonly status: Readonly<Ref<ConnectionStatus>>;
  /** Like `call`, but tells the user of errors itself; undefined then. */
  ask<M extends Method>(method: M, params: Params<M>): Promise<Answer<M> | undefined>;
}

const labKey: InjectionKey<Lab> = Symbol('lab');

/** Gives every view the lab. `status` changes as the connection does. */
export function provideLab(app: App, client: LabClient, status: Readonly<Ref<ConnectionStatus>>): Lab {
  const notices = useNotices();
  const lab: Lab = {
    status,
    call: client.call,
    subscribe: client.subscribe,
    async ask(method, params) {
      const result = await client.call(method, params);
      if (result.ok) return result.value;
      notices.report(result.errors);
      return undefined;
    },
  };
  app.provide(labKey, lab);
  return lab;
}

/** The lab, in any component's setup. */
export function useLab(): Lab {
  const lab = inject(labKey);
  if (lab === undefined) throw new Error('useLab outside of the app');
  return lab;
}
