import type { LabError, Result } from '../../src-engine/base/result.ts';
import { fail } from '../../src-engine/base/result.ts';
import type { ChildPort, ParentPort, ProcessHost } from './process-host.ts';

/** A call into a child process, its notices on the way, and its answer. */
interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}
type ChildMessage = { readonly id: number; readonly notice: unknown } | { readonly id: number; readonly result: Result<unknown> };

export interface ChildCaller {
  /** Starts the process if there is none. Never rejects; if the process goes down, the error `process-crashed` is the answer. */
  call(method: string, params: unknown, onNotice?: (notice: unknown) => void): Promise<Result<unknown>>;
  close(): void;
}

/**
 * Calls into a child process that is forked at the first call, and anew after a crash.
 * `onCrash` is told of each crash, after the open calls were answered.
 */
export function createChildCaller(host: ProcessHost, modulePath: string, name: string, onCrash: (error: LabError) => void): ChildCaller {
  interface Open {
    readonly resolve: (result: Result<unknown>) => void;
    readonly onNotice?: (notice: unknown) => void;
  }
  let child: ChildPort | undefined;
  let next_id = 1;

  const start = (open: Map<number, Open>): ChildPort => {
    const started = host.fork(modulePath);
    started.onMessage((raw) => {
      const message = raw as ChildMessage;
      if ('notice' in message) {
        open.get(message.id)?.onNotice?.(message.notice);
        return;
      }
      open.get(message.id)?.resolve(message.result);
      open.delete(message.id);
    });
    started.onExit((what) => {
      const closed = child !== started;
      const error: LabError = closed
        ? { code: 'lab-closed', message: 'The lab was closed.', remedy: 'what was recorded is kept; finish the run' }
        : {
            code: 'process-crashed',
            message: `The ${name} process went down (${what}).`,
            remedy: 'what was recorded is kept; a run that it cut short can be finished',
          };
      for (const { resolve } of open.values()) resolve(fail(error));
      if (closed) return;
      child = undefined;
      onCrash(error);
    });
    return started;
  };

  let open_calls = new Map<number, Open>();
  return {
    call(method, params, onNotice) {
      if (child === undefined) {
        open_calls = new Map();
        child = start(open_calls);
      }
      const id = next_id++;
      return new Promise((resolve) => {
        open_calls.set(id, { resolve, ...(onNotice === undefined ? {} : { onNotice }) });
        child?.send({ id, method, params } satisfies CallMessage);
      });
    },
    close() {
      const running = child;
      child = undefined;
      running?.kill();
    },
  };
}

/** Serves calls in a child process. A handler that throws is a bug and ends the process, which its parent reports. */
export function serveCalls(port: ParentPort, handle: (method: string, params: unknown, notify: (notice: unknown) => void) => Promise<Result<unknown>>): void {
  port.onMessage((raw) => {
    const { id, method, params } = raw as CallMessage;
    void handle(method, params, (notice) => port.send({ id, notice } satisfies ChildMessage)).then((result) =>
      port.send({ id, result } satisfies ChildMessage),
    );
  });
}
